"""what hosts typed for their topic cards, and switches that organizers set"""

import sqlalchemy as sa
from alembic import op

from webapp.models import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "host_words",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("at", Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_words")),
    )
    op.create_index(op.f("ix_host_words_number"), "host_words", ["number"])
    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )


def downgrade() -> None:
    op.drop_table("switches")
    op.drop_index(op.f("ix_host_words_number"), table_name="host_words")
    op.drop_table("host_words")
