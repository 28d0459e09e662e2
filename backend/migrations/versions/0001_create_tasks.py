"""Create the tasks table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite keeps the text that the API shows.
TASK_ID = sa.Text().with_variant(sa.Uuid(), "postgresql")
DAY = sa.Text().with_variant(sa.Date(), "postgresql")
MOMENT = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("id", TASK_ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("due_date", DAY, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("replaced", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("description_folded", sa.Text(), nullable=False),
        sa.Column("due_order", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "id", name="pk_tasks"),
    )
    for columns in (
        ["owner_id", "created_at", "id"],
        ["owner_id", "due_order", "id"],
        ["owner_id", "completed", "created_at", "id"],
        ["owner_id", "completed", "due_order", "id"],
    ):
        op.create_index(f"ix_tasks_{'_'.join(columns)}", "tasks", columns)


def downgrade() -> None:
    op.drop_table("tasks")
