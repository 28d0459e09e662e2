"""The accounts' database in trouble: nobody is signed out, and answers come in time."""

import concurrent.futures
import itertools
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from e2e.conftest import StackFactory, fresh_environment
from e2e.people import Person, sign_up
from tools import node
from tools.postgres import Postgres
from tools.stack import ROOT, Stack, answers

PATIENCE = 10  # seconds after which a browser gives a renewal up


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    with Postgres() as one, Postgres() as other:
        yield one, other


@pytest.fixture(scope="module")
def stack(servers: tuple[Postgres, Postgres], start_stack: StackFactory) -> Stack:
    """A frontend that knows two servers, of which the first takes writes."""
    one, other = servers
    one.create("auth")
    other.create("auth")
    hosts = f"127.0.0.1:{one.port},127.0.0.1:{other.port}"
    address = f"postgresql://postgres@{hosts}/auth?target_session_attrs=read-write"
    read_only(other, True)
    return start_stack(AUTH_DATABASE_URL=address)


@pytest.fixture
def person(stack: Stack) -> Person:
    return sign_up(stack)


def read_only(server: Postgres, refuse: bool) -> None:
    """Makes a server refuse writes, as a standby does, or take them; its connections end."""
    address = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        value = b"on" if refuse else b"off"
        connection.execute(b"ALTER SYSTEM SET default_transaction_read_only = " + value)
        connection.execute("SELECT pg_reload_conf()")
        cut_connections(connection)


def cut_connections(connection: psycopg.Connection) -> None:
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'gatepass-frontend'"
    )


def status(person: Person, path: str) -> int:
    """Of an answer that must come before anybody gives up."""
    return person.auth.get(f"{person.stack.web_url}{path}", timeout=PATIENCE).status_code


def wait_until_ready(stack: Stack, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not answers(f"{stack.web_url}/ready"):
        assert time.monotonic() < deadline, "the frontend did not find its database again"
        time.sleep(0.2)


def test_a_frozen_database_is_a_503_in_time_and_no_sign_out(
    servers: tuple[Postgres, Postgres], stack: Stack, person: Person
) -> None:
    one, _ = servers
    one.freeze()
    try:
        for _round in range(2):
            assert status(person, "/api/auth/gatepass/token") == 503
            assert status(person, "/dashboard") == 503
            assert status(person, "/account") == 503
            assert status(person, "/ready") == 503
            assert status(person, "/health") == 200
    finally:
        one.thaw()
    wait_until_ready(stack)
    assert status(person, "/api/auth/gatepass/token") == 200
    assert status(person, "/dashboard") == 200


def test_connections_that_are_cut_sign_nobody_out(
    servers: tuple[Postgres, Postgres], stack: Stack, person: Person
) -> None:
    address = f"postgresql://postgres@127.0.0.1:{servers[0].port}/auth"
    over = threading.Event()

    def cut() -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            # Now within whatever is asked, now with room for all of it, however slow the machine.
            for pause in itertools.cycle([0.02] * 20 + [1]):
                if over.wait(pause):
                    return
                cut_connections(connection)

    seen: list[int] = []
    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        for _ in range(60):
            seen.append(status(person, "/api/auth/gatepass/token"))
            seen.append(status(person, "/api/auth/get-session"))
            seen.append(status(person, "/dashboard"))
    finally:
        over.set()
        cutting.join()
    assert set(seen) <= {200, 503}, seen
    assert 200 in seen
    wait_until_ready(stack)
    assert status(person, "/api/auth/gatepass/token") == 200


def test_a_busy_server_is_not_left_for_another(
    servers: tuple[Postgres, Postgres], start_stack: StackFactory
) -> None:
    """A standby, say, which takes connections and no writes."""
    one, other = servers
    read_only(other, False)
    address, elsewhere = one.create("busy"), other.create("busy")
    read_only(other, True)
    hosts = f"127.0.0.1:{one.port},127.0.0.1:{other.port},localhost:{other.port}"
    stack = start_stack(
        AUTH_DATABASE_URL=f"postgresql://postgres@{hosts}/busy", AUTH_DATABASE_POOL_SIZE="2"
    )
    person = sign_up(stack)
    path = "/api/auth/gatepass/token"
    with psycopg.connect(address) as holder, concurrent.futures.ThreadPoolExecutor(6) as many:
        holder.execute('LOCK TABLE "session" IN ACCESS EXCLUSIVE MODE')
        assert set(many.map(lambda _: status(person, path), range(6))) == {503}
    assert status(person, path) == 200
    connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'busy' AND pid <> %s"
    with psycopg.connect(elsewhere) as standby:
        assert standby.execute(connected, [standby.info.backend_pid]).fetchone() == (0,)


def test_the_server_that_takes_writes_is_found_without_a_restart(
    servers: tuple[Postgres, Postgres], stack: Stack
) -> None:
    one, other = servers
    read_only(one, True)
    read_only(other, False)
    address = f"postgresql://postgres@127.0.0.1:{other.port}/auth"
    assert migrate(stack.extra | {"AUTH_DATABASE_URL": address})[0] == 0
    try:
        wait_until_ready(stack)
        person = sign_up(stack)
        assert status(person, "/dashboard") == 200
        with psycopg.connect(address) as connection:
            found = connection.execute(
                'SELECT 1 FROM "user" WHERE email = %s', [person.email]
            ).fetchone()
        assert found, "the account was made on the other server"
    finally:
        read_only(one, False)
        read_only(other, True)
        wait_until_ready(stack)


def migrate(variables: dict[str, str]) -> tuple[int, str]:
    environment = Stack(extra=variables).environment()
    command = [str(node.NODE), "scripts/migrate.ts"]
    done = subprocess.run(
        command, cwd=ROOT / "frontend", env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_a_database_that_cannot_hold_all_text_is_not_migrated(
    servers: tuple[Postgres, Postgres], tmp_path: Path
) -> None:
    beside = servers[0].create("beside")
    with psycopg.connect(beside, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    address = beside.replace("beside", "latin")
    code, said = migrate(fresh_environment(tmp_path) | {"AUTH_DATABASE_URL": address})
    assert (code, said.count("\n")) == (2, 1)
    assert "AUTH_DATABASE_URL" in said
    assert "its encoding is LATIN1" in said


class TestMigrationsOfSeveralCopiesAtOnce:
    @pytest.fixture(params=["SQLite", "PostgreSQL"])
    def address(
        self, request: pytest.FixtureRequest, servers: tuple[Postgres, Postgres], tmp_path: Path
    ) -> str:
        if request.param == "SQLite":
            return str(tmp_path / "auth.sqlite")
        return servers[0].create(f"migrated_{tmp_path.name}")

    def test_all_of_them_succeed_and_one_does_it(self, address: str, tmp_path: Path) -> None:
        variables = fresh_environment(tmp_path) | {"AUTH_DATABASE_URL": address}
        with concurrent.futures.ThreadPoolExecutor(6) as copies:
            done = list(copies.map(lambda _: migrate(variables), range(6)))
        assert [code for code, _ in done] == [0] * 6, done
        said = sorted(text.strip() for _, text in done)
        assert said[0].startswith("Migrated: ")
        assert said[1:] == ["Nothing to migrate."] * 5
