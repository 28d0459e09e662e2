"""Alembic's entry: one connection, one transaction, whichever database it is."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from taskapi.settings import Settings
from taskapi.tasks.models import metadata

MIGRATION_LOCK = 4_711_001  # an arbitrary key of PostgreSQL's advisory locks

url = context.config.attributes.get("url") or Settings.load().database
engine = create_engine(url, poolclass=pool.NullPool)

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Copies of the application that start at once must not migrate at once.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()
engine.dispose()
