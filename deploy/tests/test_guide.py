"""The commands of docs/deployment.md, run as printed, with rows that must survive them.

`make rehearse` runs the block that builds (it takes minutes) and the topology itself.
"""

import asyncio
import hashlib
import hmac
import os
import re
import subprocess
from base64 import b64decode
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from taskapi.database import limits
from tools import node
from tools.postgres import Postgres
from tools.rehearse.crashes import Api, Writer

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/deployment.md").read_text()
ROLES, MIGRATE, DUMP, RESTORE, COPY, PUT_BACK = re.findall(
    r"^```bash\n(.*?)^```", PAGE, re.M | re.S
)


def test_the_limits_behind_a_pooler_are_those_of_a_session() -> None:
    sessions = (ROOT / "frontend/src/server/auth/postgres.ts").read_text()
    [block] = re.findall(r"^const LIMITS = \{(.*?)^\}", sessions, re.M | re.S)
    web = re.findall(r"(\w+): ([\d_]+),", block)
    names = [name for name, _ in web]
    expected = [("gatepass_api", name, limits.WAIT_SECONDS) for name in names]
    expected += [("gatepass_web", name, int(figure) / 1000) for name, figure in web]
    said = re.findall(r"^ALTER ROLE (\w+) SET (\w+) = '(\d+)s';$", PAGE, re.M)
    assert [(role, name, int(figure)) for role, name, figure in said] == expected


def test_the_shares_are_those_of_the_proxy() -> None:
    proxy = (ROOT / "deploy/haproxy/haproxy.cfg").read_text()
    of_an_address = re.findall(r"sc[01]_conn_cur gt (\d+)", proxy)
    [of_a_copy] = set(re.findall(r"default-server maxconn (\d+)", proxy))
    [shares] = re.findall(r"^\*\*Shares\.\*\* (.*)$", PAGE, re.M)
    said = re.findall(r"(?<!/)\b(\d[\d,]*) (?:connections|requests)", shares)
    assert [figure.replace(",", "") for figure in said] == [*of_an_address, of_a_copy]


class Operator:
    """A shell in a checkout, with the variables that the page speaks of."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for name in (".venv", "backend", "deploy", "frontend", "node_modules", "packages"):
            (home / name).symlink_to(ROOT / name)
        (home / "node").symlink_to(node.NODE.parent.parent)
        (home / "backups").mkdir()
        self.environment = {
            **os.environ,
            "BETTER_AUTH_SECRET": "only-migrations-see-this-one-0123456789",
            "MIGRATE_PASSWORD": "m1grate",
            "API_PASSWORD": "ap1",
            "WEB_PASSWORD": "w3b",
            "BACKUPS": str(home / "backups"),
        }

    def reach(self, server: Postgres) -> None:
        self.environment |= {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGUSER": "postgres",
            "PATH": f"{server.programs}:{os.environ['PATH']}",
        }

    def run(self, block: str) -> None:
        done = subprocess.run(
            ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", block],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    (tmp_path / "checkout").mkdir()
    return Operator(tmp_path / "checkout")


@pytest.fixture
def server(operator: Operator) -> Iterator[Postgres]:
    with Postgres() as server:
        operator.reach(server)
        yield server


def test_passwords_stand_on_no_command_line(
    operator: Operator, server: Postgres, tmp_path: Path
) -> None:
    shim, seen = tmp_path / "shim/psql", tmp_path / "seen"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexec {server.programs}/psql "$@"\n')
    shim.chmod(0o755)
    operator.environment["PATH"] = f"{shim.parent}:{operator.environment['PATH']}"
    operator.environment["WEB_PASSWORD"] = "w3b's \\own :'api' \""
    operator.run(ROLES)
    passwords = {
        f"gatepass_{name.lower()}": operator.environment[f"{name}_PASSWORD"]
        for name in ("MIGRATE", "API", "WEB")
    }
    assert "--dbname" in seen.read_text()
    assert not any(password in seen.read_text() for password in passwords.values())
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{server.port}/postgres") as connection:
        for role, password in passwords.items():
            [verifier] = connection.execute(
                "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]
            ).fetchone() or [""]
            assert is_of(verifier, password)


def is_of(verifier: str, password: str) -> bool:
    """Whether PostgreSQL keeps that for the password (RFC 5803)."""
    mechanism, rounds, salt, stored, _ = re.split(r"[$:]", verifier)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(rounds))
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return mechanism == "SCRAM-SHA-256" and key == b64decode(stored)


def test_an_empty_password_is_none(operator: Operator) -> None:
    done = subprocess.run(
        [ROOT / "deploy/postgresql/passwords.sh"],
        env={**operator.environment, "API_PASSWORD": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "API_PASSWORD" in done.stderr


async def written_before_and_during(
    api: Api, action: Callable[[], Coroutine[Any, Any, None]]
) -> list[Writer]:
    """Those whose rows were all acknowledged when `action` began; others write meanwhile."""
    writers = [Writer(api, number) for number in range(6)]
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        early, late = writers[:3], writers[3:]
        await _for_a_while(client, early, asyncio.sleep(1))
        await _for_a_while(client, late, action())
        for writer in writers:
            assert await writer.compare(client) == []
    assert all(writer.count for writer in writers)
    return early


async def _for_a_while(
    client: httpx.AsyncClient, writers: list[Writer], meanwhile: Coroutine[Any, Any, None]
) -> None:
    """Everybody writes while `meanwhile` lasts, and ends what is under way."""
    stopping = asyncio.Event()
    writing = [asyncio.create_task(writer.write(client, stopping)) for writer in writers]
    await meanwhile
    stopping.set()
    await asyncio.gather(*writing)


def each_its_own(api_role: str, web_role: str, suffix: str = "") -> None:
    """Neither half's role comes into the other's database."""
    for address in (f"{api_role}/accounts{suffix}", f"{web_role}/tasks{suffix}"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(address)


def test_from_an_empty_server_to_a_restored_backup(
    operator: Operator, server: Postgres, tmp_path: Path
) -> None:
    operator.run(ROLES)
    operator.run(MIGRATE)
    api_role = f"postgresql://gatepass_api:ap1@127.0.0.1:{server.port}"
    web_role = f"postgresql://gatepass_web:w3b@127.0.0.1:{server.port}"
    each_its_own(api_role, web_role)
    for address in (f"{api_role}/tasks", f"{web_role}/accounts"):
        with (
            psycopg.connect(address) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE of_my_own (id int)")
    api = Api(tmp_path, f"{api_role}/tasks")
    api.start()

    async def dump() -> None:
        await asyncio.to_thread(operator.run, DUMP)

    try:
        early = asyncio.run(written_before_and_during(api, dump))
    finally:
        api.copy.stop()
    operator.run(RESTORE)
    each_its_own(api_role, web_role, "_restored")
    with psycopg.connect(f"{api_role}/tasks_restored") as connection:
        for writer in early:
            found = connection.execute(
                "SELECT id, title, completed FROM tasks WHERE owner_id = %s", [writer.user]
            ).fetchall()
            rows = [
                {"id": str(key), "title": title, "completed": done} for key, title, done in found
            ]
            assert writer.book.compare(rows) == []
    with psycopg.connect(f"{web_role}/accounts_restored") as connection:
        assert connection.execute('SELECT count(*) FROM "user"').fetchone() == (0,)


def test_a_file_is_copied_while_it_is_written_and_put_back(
    operator: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "tasks.sqlite"
    operator.environment["SQLITE_FILE"] = str(file)
    api = Api(tmp_path, str(file))
    api.start()

    async def copy() -> None:
        await asyncio.to_thread(operator.run, COPY)

    async def compare(early: list[Writer]) -> None:
        async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
            for writer in early:
                assert await writer.compare(client) == []

    try:
        early = asyncio.run(written_before_and_during(api, copy))
        api.copy.kill()  # the worst of stops: it leaves the log beside the file
        api.copy.stop()
        assert file.with_name("tasks.sqlite-wal").exists()
        operator.run(PUT_BACK)
        api.start()
        asyncio.run(compare(early))
    finally:
        api.copy.stop()
