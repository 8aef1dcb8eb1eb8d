"""how cameras fare"""

import sqlalchemy as sa
from alembic import op

from webapp.models import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cameras",
        sa.Column("board_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("condition", sa.String(length=12), nullable=False),
        sa.Column("since", Utc(timezone=True), nullable=False),
        sa.Column("heard_at", Utc(timezone=True), nullable=False),
        sa.Column("seen_at", Utc(timezone=True), nullable=True),
        sa.Column("every_s", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["boards.id"], name=op.f("fk_cameras_board_id")),
        sa.PrimaryKeyConstraint("board_id", "source", name=op.f("pk_cameras")),
    )


def downgrade() -> None:
    op.drop_table("cameras")
