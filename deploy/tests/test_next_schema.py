"""Old code beside a new schema: what the first step of a migration without an outage relies on.

Today's code plays the part of the previous version. The schema moves on under it while it serves.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from taskapi.readiness import KEPT_SECONDS
from tools.postgres import Postgres
from tools.rehearse.crashes import Api, Writer

EXPAND = [
    "ALTER TABLE tasks ADD COLUMN next_text text",
    "ALTER TABLE tasks ADD COLUMN next_number integer NOT NULL DEFAULT 3",
    "CREATE INDEX ix_tasks_owner_id_next ON tasks (owner_id, next_number)",
    "CREATE TABLE next_noun (owner_id text NOT NULL, id text NOT NULL, PRIMARY KEY (owner_id, id))",
]
CONTRACT = "ALTER TABLE tasks RENAME COLUMN title TO headline"


class Database:
    """Where the schema is moved on from outside, as a migration of the next version would."""

    def __init__(self, url: str) -> None:
        self.url = url

    def execute(self, statement: str) -> None:
        if self.url.startswith("postgresql"):
            with psycopg.connect(self.url, autocommit=True) as connection:
                online = statement.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY")
                connection.execute(online.encode())
        else:
            with contextlib.closing(sqlite3.connect(self.url, timeout=10)) as raw:
                raw.execute(statement)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        yield Database(str(tmp_path / "tasks.sqlite"))
        return
    with Postgres() as server:
        yield Database(server.create("tasks"))


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Iterator[Api]:
    api = Api(tmp_path, database.url)
    api.start()
    yield api
    api.copy.stop()


async def write_while(api: Api, database: Database, statements: list[str]) -> None:
    """Moves the schema on while people write, over 20 times after it too; compares all rows."""
    writers = [Writer(api, number) for number in range(3)]

    def written() -> int:
        return sum(writer.count for writer in writers)

    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        writing = [asyncio.create_task(writer.write(client)) for writer in writers]
        for statement in statements:
            await asyncio.sleep(0.3)
            await asyncio.to_thread(database.execute, statement)
        moved = written()
        give_up = time.monotonic() + 30
        while written() - moved <= 20 and not any(task.done() for task in writing):
            assert time.monotonic() < give_up
            await asyncio.sleep(0.1)
        for task in writing:
            task.cancel()
        outcomes = await asyncio.gather(*writing, return_exceptions=True)
        failed = [error for error in outcomes if not isinstance(error, asyncio.CancelledError)]
        assert failed == []
        for writer in writers:
            assert await writer.compare(client) == []


def test_an_expanded_schema_goes_unnoticed_a_contracted_one_is_not_ready(
    api: Api, database: Database
) -> None:
    """The second half shows that the first can fail, and that nothing is sent to such a copy."""
    asyncio.run(write_while(api, database, EXPAND))
    with httpx.Client(base_url=api.url, headers=api.bearer("ada"), timeout=30) as client:
        assert client.get("/ready").status_code == 200
        database.execute(CONTRACT)
        assert client.get("/api/users/ada/tasks").status_code == 503
        time.sleep(KEPT_SECONDS)  # which the answer of a moment ago is given for
        assert client.get("/ready").status_code == 503
