"""A database that goes away is a 503 until it is back, and then all is well by itself."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from taskapi.database import limits
from taskapi.main import create_app
from taskapi.readiness import KEPT_SECONDS
from taskapi.settings import Settings
from tests.callers import ORIGIN, SECRET, Caller, user
from tests.conftest import migrated
from tools.postgres import Postgres

WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "", {"json": {"title": "x"}}),
    ("PUT", "/00000000-0000-4000-8000-000000000000", {"json": {"title": "x"}}),
    ("PATCH", "/00000000-0000-4000-8000-000000000000", {"json": {"title": "x"}}),
    ("DELETE", "/00000000-0000-4000-8000-000000000000", {}),
    ("DELETE", "", {}),
]
READS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "", {}),
    ("GET", "/00000000-0000-4000-8000-000000000000", {}),
]


def assert_away(caller: Caller, requests: list[tuple[str, str, dict[str, Any]]]) -> None:
    for method, rest, options in requests:
        answer = caller.own(method, rest, **options)
        assert (answer.status_code, answer.json()["error_type"]) == (
            503,
            "service_unavailable_error",
        )
        assert answer.headers["retry-after"].isdigit()
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
        assert "sqlite" not in answer.text.lower()
        assert "postgres" not in answer.text.lower()


def assert_status(caller: Caller, *, ready: int) -> None:
    time.sleep(KEPT_SECONDS)  # the answer before may be this old
    assert caller.call("GET", "/ready").status_code == ready
    assert caller.call("GET", "/health").status_code == 200
    assert caller.call("GET", "/api/me").status_code == 200


@pytest.fixture
def serve() -> Iterator[Callable[[Settings], Caller]]:
    """A caller of an application of its own."""
    clients = []

    def start(settings: Settings) -> Caller:
        client = TestClient(create_app(settings), raise_server_exceptions=False)
        clients.append(client.__enter__())
        return user(client)

    yield start
    for client in clients:
        client.__exit__(None, None, None)


class TestSqlite:
    def test_moved_away_and_back(self, tmp_path: Path, serve: Callable[[Settings], Caller]) -> None:
        file = tmp_path / "tasks.sqlite"
        dora = serve(migrated(str(file)))
        dora.add("Before")
        file.rename(tmp_path / "elsewhere")
        assert_away(dora, READS + WRITES)
        assert_status(dora, ready=503)
        assert not file.exists()
        (tmp_path / "elsewhere").rename(file)
        assert_status(dora, ready=200)
        dora.add("After")
        assert dora.titles() == ["After", "Before"]

    def test_replaced_by_a_backup(
        self, tmp_path: Path, serve: Callable[[Settings], Caller]
    ) -> None:
        file, backup = tmp_path / "tasks.sqlite", tmp_path / "backup.sqlite"
        dora = serve(migrated(str(file)))
        dora.add("Saved")
        with sqlite3.connect(file) as source:
            source.execute("VACUUM INTO ?", [str(backup)])
        source.close()
        dora.add("Lost")
        backup.replace(file)
        for name in ("-wal", "-shm"):
            (tmp_path / f"tasks.sqlite{name}").unlink(missing_ok=True)
        assert dora.titles() == ["Saved"]
        dora.add("New")
        assert dora.titles() == ["New", "Saved"]

    def test_locked_by_another_process(
        self, tmp_path: Path, serve: Callable[[Settings], Caller], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "tasks.sqlite"
        dora = serve(migrated(str(file)))
        dora.add("Before")
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert dora.titles() == ["Before"]  # a read does not wait for a writer
        with monkeypatch.context() as patched:
            patched.setattr(limits, "WAIT_SECONDS", 0.2)
            assert_away(dora, WRITES)
        other.close()
        dora.add("After")

    def test_not_migrated(self, tmp_path: Path, serve: Callable[[Settings], Caller]) -> None:
        file = tmp_path / "tasks.sqlite"
        for exists in (False, True):
            if exists:
                file.touch()
            dora = serve(settings_for(str(file)))
            assert_away(dora, READS + WRITES)
            assert_status(dora, ready=503)
        migrated(str(file))
        assert_status(dora, ready=200)
        dora.add()

    def test_overwritten_by_something_else(
        self, tmp_path: Path, serve: Callable[[Settings], Caller]
    ) -> None:
        file = tmp_path / "tasks.sqlite"
        file.write_text("no database " * 1000)
        dora = serve(settings_for(str(file)))
        assert_away(dora, READS + WRITES)
        assert_status(dora, ready=503)


class TestPostgres:
    def test_stopped_and_started_again(self, serve: Callable[[Settings], Caller]) -> None:
        with Postgres() as server:
            dora = serve(migrated(server.create("tasks")))
            dora.add("Before")
            server.stop()
            assert_away(dora, READS + WRITES)
            assert_status(dora, ready=503)
            server.start()
            assert dora.titles() == ["Before"]
            dora.add("After")
            assert_status(dora, ready=200)

    def test_restarted_unnoticed(self, serve: Callable[[Settings], Caller]) -> None:
        """The pool's connections are dead, yet not one request fails."""
        with Postgres() as server:
            dora = serve(migrated(server.create("tasks")))
            for number in range(3):
                dora.add(str(number))
                server.stop()
                server.start()
                assert len(dora.titles()) == number + 1
                server.stop()
                server.start()

    def test_not_there_at_the_start(
        self, postgres: Postgres, serve: Callable[[Settings], Caller]
    ) -> None:
        dora = serve(settings_for("postgresql://postgres@127.0.0.1:1/tasks"))
        assert_away(dora, READS + WRITES)
        assert_status(dora, ready=503)

    def test_not_migrated(self, postgres: Postgres, serve: Callable[[Settings], Caller]) -> None:
        url = postgres.create("empty")
        dora = serve(settings_for(url))
        assert_away(dora, READS + WRITES)
        assert_status(dora, ready=503)
        migrated(url)
        assert_status(dora, ready=200)
        dora.add()

    def test_silent(
        self,
        postgres: Postgres,
        serve: Callable[[Settings], Caller],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Somebody else holds the table and never answers."""
        url = postgres.create("held")
        dora = serve(migrated(url))
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE tasks")
            with monkeypatch.context() as patched:
                patched.setattr(limits, "WAIT_SECONDS", 0.2)
                assert_away(dora, READS + WRITES)
        dora.add()


def settings_for(url: str) -> Settings:
    return Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url))
