"""Note deleted accounts, and let each write ask whether its pass is older."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# VOLATILE plpgsql, so that the second statement sees what was committed while the first one
# waited; the statement around it does not.
MAY_WRITE = """
CREATE FUNCTION may_write(the_owner text, issued bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(the_owner, 0));
  RETURN NOT EXISTS (
    SELECT FROM deleted_accounts WHERE owner_id = the_owner AND deleted_at >= issued
  );
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "deleted_accounts",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_deleted_accounts"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(MAY_WRITE)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION may_write")
    op.drop_table("deleted_accounts")
