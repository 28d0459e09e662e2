"""Alembic's entry: one connection, one transaction, one migrating process at a time."""

import sqlite3
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from sqlalchemy import (
    URL,
    Boolean,
    Connection,
    DefaultClause,
    Engine,
    create_engine,
    event,
    pool,
    text,
)

from gatepass import ConfigurationError
from taskapi.nouns import metadata
from taskapi.owned.columns import Shown
from taskapi.settings import Settings

MIGRATION_LOCK = 4_711_001  # an arbitrary key of PostgreSQL's advisory locks
WAIT_MILLISECONDS = 60_000  # for another process that migrates
WORDS = {"0": "false", "1": "true", "false": "false", "true": "true"}
# A statement that waits for a table makes every later reader of it wait behind itself: it gives
# up before they do.
LOCK_TIMEOUT = "2s"


def open_engine(url: URL) -> Engine:
    """An engine whose transactions begin with SQLite's write lock; the driver would begin none
    before a CREATE TABLE."""
    if url.get_backend_name() == "postgresql":
        # What another process did while this one waited is seen, whatever the role's default is.
        return create_engine(
            url,
            poolclass=pool.NullPool,
            isolation_level="READ COMMITTED",
            connect_args={"client_encoding": "utf8"},  # or a database without one is not understood
        )
    engine = create_engine(url, poolclass=pool.NullPool)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def only_one(connection: Connection) -> None:
    """Wait until no other process migrates, so that what it has done is seen."""
    if connection.dialect.name == "postgresql":
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise ConfigurationError(
                f"DATABASE_URL: the encoding of the database is {encoding}, which cannot hold all "
                "text: make one with ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
            )
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Our column types as a migration writes them: it must not change when they do. And the words
    for false and true, where Alembic would write SQLite's numbers, which PostgreSQL refuses: of
    a column that goes they come from the database."""
    if kind == "type" and isinstance(item, Shown):
        return f'sa.Text().with_variant(sa.{item.native!r}, "postgresql")'
    if isinstance(item, DefaultClause) and item.column is not None:
        word = WORDS.get(str(item.arg)) if isinstance(item.column.type, Boolean) else None
        return f"sa.{word}()" if word else False
    return False


def drop_empty(_context: object, _revision: object, directives: list[MigrationScript]) -> None:
    """No file where the tables are what the migrations make already."""
    [script] = directives
    if script.upgrade_ops and script.upgrade_ops.is_empty():
        directives.clear()


engine = open_engine(context.config.attributes.get("url") or Settings.load().database)
with engine.begin() as connection:
    only_one(connection)
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        render_as_batch=True,  # the only way for SQLite, and harmless to PostgreSQL
        render_item=render_item,
        process_revision_directives=drop_empty,
    )
    context.run_migrations()
engine.dispose()
