"""Replace the counter of writes, of which only "more than one" was ever asked, by that answer."""

import sqlalchemy as sa
from alembic import op

revision = "20261122c"
down_revision = "20261122b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tasks", sa.Column("replaced", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.drop_column("tasks", "revision")


def downgrade() -> None:
    op.add_column(
        "tasks", sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )
    op.drop_column("tasks", "replaced")
