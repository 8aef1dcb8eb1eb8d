"""where a photo came from, in full, and by which error it failed"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("photos") as photos:
        photos.alter_column("source", existing_type=sa.String(length=40), type_=sa.String(length=120), existing_nullable=False)
        photos.add_column(sa.Column("error", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.execute("UPDATE photos SET source = substr(source, 1, 40)")
    with op.batch_alter_table("photos") as photos:
        photos.drop_column("error")
        photos.alter_column("source", existing_type=sa.String(length=120), type_=sa.String(length=40), existing_nullable=False)
