"""PostgreSQL that freezes, changes its role, or is slow: nobody waits long, and all recovers."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from httpx2 import Response
from pydantic import SecretStr
from sqlalchemy import Text, func, select
from starlette.testclient import TestClient

from taskapi.database import Connection, open_database
from taskapi.database.postgres import PostgresDatabase
from taskapi.main import create_app
from taskapi.settings import Settings
from tests.callers import SECRET, Caller, user
from tests.conftest import migrated
from tests.running_time import RunningTime
from tests.statements import add, find_page
from tools.pgbouncer import PgBouncer
from tools.postgres import Postgres

PROMISE = 5.0  # seconds until an answer, in which a browser has not given up yet


@pytest.fixture
def serve() -> Iterator[Callable[[str], Caller]]:
    """A caller of an application of its own, on the database of that URL."""
    clients = []

    def start(url: str) -> Caller:
        settings = Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url))
        client = TestClient(create_app(settings), raise_server_exceptions=False)
        clients.append(client.__enter__())
        return user(client)

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def timed(call: Callable[[], Response], clock: RunningTime) -> tuple[int, bool]:
    """The status of an answer, and whether it came in time."""
    began = clock.now()
    return call().status_code, clock.now() - began < PROMISE


def test_frozen_is_told_in_time(serve: Callable[[str], Caller]) -> None:
    """With connections at hand, and then without any, when they cannot even be opened."""
    with Postgres() as server:
        dora = serve(migrated(server.create("tasks")).database_url.get_secret_value())
        dora.add("Before")
        calls = [
            lambda: dora.own("GET"),
            lambda: dora.own("GET", "?q=before"),
            lambda: dora.own("POST", json={"title": "x"}),
            lambda: dora.own("DELETE"),
            lambda: dora.call("GET", "/ready"),
        ]
        server.freeze()
        try:
            for _ in range(2):
                with ThreadPoolExecutor(len(calls)) as threads, RunningTime() as clock:
                    answers = list(threads.map(timed, calls, [clock] * len(calls)))
                    assert answers == [(503, True)] * len(calls)
        finally:
            server.thaw()
        dora.add("After")
        assert "After" in dora.titles()
        assert dora.call("GET", "/ready").status_code == 200


def test_a_promoted_standby_is_found(serve: Callable[[str], Caller]) -> None:
    """The primary becomes read-only while connections to it are open, and then goes away."""
    with Postgres() as first, Postgres() as second:
        for server in (first, second):
            migrated(server.create("tasks"))
        role(second, primary=False)
        hosts = f"127.0.0.1:{first.port},127.0.0.1:{second.port}"
        dora = serve(f"postgresql://postgres@{hosts}/tasks?target_session_attrs=read-write")
        dora.add("On the first")
        role(first, primary=False)
        role(second, primary=True)
        dora.add("On the second")
        assert dora.titles() == ["On the second"]
        first.stop()
        assert dora.titles() == ["On the second"]
        first.start()


def test_a_silent_host_costs_no_search(postgres: Postgres, serve: Callable[[str], Caller]) -> None:
    """A machine that is off answers nothing, also not that it does not listen."""
    migrated(postgres.create("beside"))
    with socket.create_server(("127.0.0.1", 0)) as silent, RunningTime() as clock:
        hosts = f"127.0.0.1:{silent.getsockname()[1]},127.0.0.1:{postgres.port}"
        dora = serve(f"postgresql://postgres@{hosts}/beside?target_session_attrs=read-write")
        assert timed(lambda: dora.own("GET", "?q=x"), clock) == (200, True)


def role(server: Postgres, *, primary: bool) -> None:
    """Make a server refuse writes, as a standby does, or take them."""
    value = "off" if primary else "on"
    url = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
    while True:
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("SHOW default_transaction_read_only").fetchone() == (value,):
                return


def test_connections_that_are_cut_cost_no_read(postgres: Postgres) -> None:
    """An administrator or a proxy ends them, also while a statement is under way."""
    url = migrated(postgres.create("cut")).database_url.get_secret_value()
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = 'cut' AND application_name = 'taskapi'"
    )

    async def slow(connection: Connection) -> bool:
        return bool(await connection.fetch(select(func.pg_sleep(0.3)), {}))

    async def scenario(database: PostgresDatabase) -> list[bool]:
        with psycopg.connect(url.replace("/cut", "/postgres"), autocommit=True) as other:
            reads = [asyncio.create_task(database.read(slow)) for _ in range(6)]
            await asyncio.sleep(0.2)
            other.execute(cut.encode())
            found = await asyncio.gather(*reads)
            other.execute(cut.encode())  # now that they are idle
            found += await asyncio.gather(*(database.read(slow) for _ in range(6)))
        await database.close()
        return found

    assert asyncio.run(scenario(opened(url))) == [True] * 12


def test_limits_of_the_server_itself(postgres: Postgres) -> None:
    """What goes on there ends by itself, also when nobody is left to cancel it."""

    async def shown(connection: Connection) -> list[str]:
        names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
        settings = [func.current_setting(name, type_=Text) for name in (*names, "application_name")]
        [row] = await connection.fetch(select(*settings), {})
        return list(row)

    async def scenario(database: PostgresDatabase) -> tuple[list[str], list[str]]:
        found = await database.read(shown), await database.search("somebody", shown)
        await database.close()
        return found

    usual, searching = asyncio.run(scenario(opened(postgres.create("limits"))))
    assert usual == ["4s", "4s", "4s", "taskapi"]
    assert searching == ["2s", "2s", "2s", "taskapi"]


def test_behind_a_pooler(postgres: Postgres, capfd: pytest.CaptureFixture[str]) -> None:
    """In transaction mode each statement may meet another server, which has not prepared it."""
    url = migrated(postgres.create("pooled")).database_url.get_secret_value()

    async def scenario(database: PostgresDatabase) -> list[int]:
        async def both(owner: str) -> int:
            for _ in range(10):
                await database.write(add, owner)
            rows, _ = await database.read(find_page, owner)
            return len(rows)

        found = await asyncio.gather(*(both(f"owner-{number}") for number in range(8)))
        await database.transaction(twice, "owner-0")
        await database.close()
        return found

    async def twice(connection: Connection, owner: str) -> None:
        await add(connection, owner)
        await add(connection, owner)

    with PgBouncer(postgres.port) as pooler:
        pooled = url.replace(str(postgres.port), str(pooler.port))
        assert asyncio.run(scenario(opened(pooled))) == [10] * 8
    assert "ALTER ROLE" in capfd.readouterr().out


@pytest.mark.parametrize("style", ["German", "SQL", "Postgres", "ISO, YMD"])
@pytest.mark.parametrize("pooled", [False, True], ids=["directly", "pooled"])
def test_answers_do_not_depend_on_a_roles_settings(
    postgres: Postgres, serve: Callable[[str], Caller], style: str, pooled: bool
) -> None:
    """Through a pooler nothing can be set for a session."""
    name = f"dates-{uuid4()}"
    url = migrated(postgres.create(name)).database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in (f"datestyle = '{style}'", "timezone = 'Asia/Kathmandu'"):
            connection.execute(f'ALTER DATABASE "{name}" SET {setting}'.encode())
    with PgBouncer(postgres.port) as pooler:
        caller = serve(url.replace(str(postgres.port), str(pooler.port)) if pooled else url)
        first = caller.add(due_date="0001-01-31")
        second = caller.add(due_date="2026-03-04")
        path = f"/{second['id']}"
        assert (first["due_date"], second["due_date"]) == ("0001-01-31", "2026-03-04")
        assert caller.own("GET", path).json() == second
        assert caller.own("GET", "?sort=due_date").json()["items"] == [first, second]
        page = caller.own("GET", "?sort=created_at&limit=1").json()
        rest = caller.own("GET", f"?sort=created_at&cursor={page['next_cursor']}").json()
        assert page["items"] + rest["items"] == [first, second]
        changed = caller.own("PATCH", path, json={"due_date": "9999-12-11"}).json()
        assert changed["due_date"] == "9999-12-11"
        assert changed["created_at"] == second["created_at"]


def test_the_start_says_what_cannot_be_done(capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario(database: PostgresDatabase) -> str:
        await database.start(workers=4)
        await database.close()
        return capfd.readouterr().out

    with Postgres() as server:
        url = server.create("tasks")
        assert asyncio.run(scenario(opened(url))) == ""
        said = asyncio.run(scenario(opened(url, size=50)))
        assert "DATABASE_POOL_SIZE times WEB_CONCURRENCY is 200" in said
        role(server, primary=False)
        assert "target_session_attrs=read-write" in asyncio.run(scenario(opened(url)))
        server.stop()
        assert "503" not in asyncio.run(scenario(opened(url)))  # it may come up later
        server.start()


def opened(url: str, size: int = 10) -> PostgresDatabase:
    database = open_database(
        Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url)).database, size
    )
    assert isinstance(database, PostgresDatabase)
    return database
