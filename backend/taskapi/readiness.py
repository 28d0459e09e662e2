"""Is the database there, and is it migrated? Asked at most once a second, however many ask."""

import asyncio
import time

import structlog
from sqlalchemy import Column, MetaData, Select, Table, Text, bindparam, select

from taskapi.database import Connection, Database
from taskapi.database_url import BACKEND
from taskapi.errors import DatabaseAway
from taskapi.nouns import metadata

log = structlog.get_logger("taskapi.readiness")

KEPT_SECONDS = 1
MIGRATIONS = BACKEND / "migrations/versions"
NEWEST = max(file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*.py"))
REVISION = select(
    Table(
        "alembic_version",
        MetaData(),
        Column("version_num", Text),
        info={"rows_of_all_owners": True},
    )
)
# Each names every column of its table and reads no row.
TABLES: tuple[Select[tuple[object, ...]], ...] = tuple(
    select(table).where(table.c.owner_id == bindparam("owner")).limit(0)
    for table in metadata.sorted_tables
)


class Readiness:
    """Remembers for a second what the database said."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asking = asyncio.Lock()
        self.until = 0.0
        self.ready = False

    async def check(self) -> None:
        """Raise DatabaseAway unless every table is there and migrated at least as far as this
        program knows. A database that a newer version has migrated still serves this one."""
        async with self.asking:
            if time.monotonic() >= self.until:
                try:
                    await self.database.read(look)
                    self.ready = True
                except DatabaseAway:
                    self.ready = False
                except Exception as error:  # whatever it is, a right that is missing, say
                    log.warning("database_not_ready", error=type(error).__name__, reason=str(error))
                    self.ready = False
                self.until = time.monotonic() + KEPT_SECONDS
        if not self.ready:
            raise DatabaseAway


async def look(connection: Connection) -> None:
    for statement in TABLES:
        await connection.fetch(statement, {"owner": ""})
    revisions = [row[0] for row in await connection.fetch(REVISION, {})]
    if not revisions or max(revisions) < NEWEST:
        log.warning("database_not_migrated", at=revisions, newest=NEWEST)
        raise DatabaseAway
