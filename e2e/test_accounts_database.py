"""The accounts' database: migrated by several copies at once, found where it takes writes."""

import concurrent.futures
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from e2e.conftest import fresh_environment
from tools import node
from tools.postgres import Postgres
from tools.stack import ROOT, Stack


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


def migrate(home: Path, address: str) -> tuple[int, str]:
    environment = Stack(extra=fresh_environment(home) | {"AUTH_DATABASE_URL": address})
    command = [str(node.NODE), "scripts/migrate.ts"]
    done = subprocess.run(
        command,
        cwd=ROOT / "frontend",
        env=environment.environment(),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_several_copies_migrate_at_once(server: Postgres, kind: str, tmp_path: Path) -> None:
    address = str(tmp_path / "auth.sqlite") if kind == "SQLite" else server.create("at_once")
    with concurrent.futures.ThreadPoolExecutor(6) as copies:
        done = list(copies.map(lambda _: migrate(tmp_path, address), range(6)))
    assert [code for code, _ in done] == [0] * 6, done
    said = sorted(text.strip() for _, text in done)
    assert said[0].startswith("Migrated: ")
    assert said[1:] == ["Nothing to migrate."] * 5


def test_of_several_servers_the_one_that_takes_writes_is_used(
    server: Postgres, tmp_path: Path
) -> None:
    with Postgres() as standby:
        server.create("auth")
        standby.create("auth")
        hosts = f"127.0.0.1:{standby.port},127.0.0.1:{server.port}"
        address = f"postgresql://postgres@{hosts}/auth?target_session_attrs=read-write"
        url = f"postgresql://postgres@127.0.0.1:{standby.port}/postgres"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            connection.execute("SELECT pg_reload_conf()")
        code, said = migrate(tmp_path, address)
        assert code == 0, said
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.port}/auth") as connection:
            found = connection.execute("SELECT count(*) FROM session").fetchone()
        assert found == (0,)
