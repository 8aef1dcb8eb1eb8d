"""the place on the board before and after each change"""

import sqlalchemy as sa
from alembic import op

from webapp.models import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proofs",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Utc(timezone=True), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_proofs_log_id")),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_proofs")),
    )
    op.create_index(op.f("ix_proofs_at"), "proofs", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_proofs_at"), table_name="proofs")
    op.drop_table("proofs")
