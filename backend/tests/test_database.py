"""A write happens whole or not at all, and nobody waits for somebody else's search."""

import asyncio
import subprocess
import sys
import time
from uuid import uuid4

import pytest
from sqlalchemy import Text, bindparam, cast, func, select

from taskapi.database import Connection, Database, limits, open_database
from taskapi.database.postgres import PostgresDatabase
from taskapi.database.postgres_connection import PostgresConnection
from taskapi.database.sqlite import SqliteDatabase
from taskapi.errors import DatabaseAway
from taskapi.ownership import Owner
from taskapi.settings import Settings
from taskapi.tasks.table import rows, tasks
from tests.conftest import migrated
from tests.statements import VALUES
from tools.postgres import Postgres


def test_a_write_that_fails_halfway_leaves_nothing(settings: Settings) -> None:
    owner = Owner(str(uuid4()), int(time.time()))

    async def halfway(connection: Connection) -> None:
        await rows.add(connection, owner, VALUES)
        raise RuntimeError("the second half fails")

    async def count(connection: Connection) -> int:
        statement = select(tasks.c.id).where(tasks.c.owner_id == bindparam("owner"))
        return len(await connection.fetch(statement, {"owner": owner.id}))

    async def scenario(database: Database) -> int:
        with pytest.raises(RuntimeError):
            await database.transaction(halfway)
        await database.write(rows.add, owner, VALUES)
        found = await database.read(count)
        await database.close()
        return found

    assert asyncio.run(scenario(open_database(settings.database, 2))) == 1


def test_a_search_does_not_hold_the_event_loop(settings: Settings) -> None:
    database = open_database(settings.database, 2)
    if not isinstance(database, SqliteDatabase):
        return  # PostgreSQL searches in a process of its own

    async def scenario() -> bool:
        answer = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def slow(_connection: Connection) -> bool:
            """Goes on only when the event loop has done something else meanwhile."""
            done = asyncio.run_coroutine_threadsafe(answer.wait(), loop)
            loop.call_soon_threadsafe(answer.set)
            return done.result(timeout=10)

        finished = await database.search("somebody", slow)
        await database.close()
        return finished

    assert asyncio.run(scenario())


def test_whoever_waits_too_long_is_refused_before_a_statement_begins(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut within one, they would take with them their connection and all that are idle."""
    monkeypatch.setattr(limits, "WAIT_SECONDS", 2)
    settings = migrated(postgres.create(f"late-{uuid4()}"))
    database = open_database(settings.database, 10)
    assert isinstance(database, PostgresDatabase)
    opened = 0

    async def connect() -> PostgresConnection:
        nonlocal opened
        opened += 1
        return await database.opened(limits.WAIT_SECONDS)

    async def slow(connection: Connection, _owner: str) -> None:
        await connection.fetch(select(cast(func.pg_sleep(0.05), Text)), {})

    async def scenario() -> list[BaseException | None]:
        many = []
        for _ in range(800):  # faster than they are done
            many += [asyncio.create_task(database.read(slow, "somebody")) for _ in range(2)]
            await asyncio.sleep(0.005)
        ends = await asyncio.gather(*many, return_exceptions=True)
        await database.close()
        return ends

    monkeypatch.setattr(database.pool, "open_one", connect)
    ends = asyncio.run(scenario())
    assert {type(end) for end in ends} == {type(None), DatabaseAway}
    assert opened <= database.pool.size


def test_sqlite_alone_loads_no_other_driver() -> None:
    """Each costs every start its time and every process its memory."""
    code = "import sys, taskapi.main; print([each for each in sys.argv[1:] if each in sys.modules])"
    drivers = ["psycopg", "asyncpg", "alembic", "sqlalchemy.orm", "sqlalchemy.ext.asyncio"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, *drivers], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
