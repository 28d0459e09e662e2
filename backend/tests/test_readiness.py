"""/ready knows every table and the newest migration, and costs the database little."""

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from alembic import command
from pydantic import SecretStr
from sqlalchemy import text
from starlette.testclient import TestClient

from taskapi import readiness
from taskapi.database import Connection
from taskapi.main import create_app
from taskapi.migrate import alembic_config, migrate
from taskapi.nouns import metadata
from taskapi.readiness import KEPT_SECONDS
from taskapi.settings import Settings
from tests.callers import SECRET, user
from tests.conftest import migrated
from tests.test_migrations import engine
from tools.postgres import Postgres

Status = Callable[[], int]


@pytest.fixture
def client(scratch: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(scratch), raise_server_exceptions=False) as client:
        yield client


def status(client: TestClient) -> int:
    """What /ready says once it asks again; a 503 in the one shape."""
    time.sleep(KEPT_SECONDS)
    answer = client.get("/ready")
    if answer.status_code != 200:
        assert answer.json()["error_type"] == "service_unavailable_error"
        assert answer.headers["retry-after"].isdigit()
    return answer.status_code


def test_one_migration_behind(scratch: Settings, client: TestClient) -> None:
    assert status(client) == 200
    command.downgrade(alembic_config(scratch), "-1")
    assert status(client) == 503
    migrate(scratch)
    assert status(client) == 200


def test_what_needs_the_missing_migration_is_a_503_too(
    scratch: Settings, client: TestClient
) -> None:
    alice = user(client)
    command.downgrade(alembic_config(scratch), "0001")
    assert alice.own("GET").status_code == 200
    assert alice.own("POST", json={"title": "x"}).status_code == 503
    assert alice.own("DELETE").status_code == 503
    assert alice.call("DELETE", alice.home).status_code == 503


def test_the_tables_are_there_and_the_note_of_it_is_not(
    scratch: Settings, client: TestClient
) -> None:
    for statement in (
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
    ):
        with engine(scratch).begin() as connection:
            connection.execute(text(statement))
        assert status(client) == 503


def test_a_newer_version_has_migrated_it(scratch: Settings, client: TestClient) -> None:
    """Copies of this version go on serving while those of the next one come."""
    with engine(scratch).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert status(client) == 200


@pytest.mark.parametrize("table", metadata.tables)
def test_every_table(scratch: Settings, client: TestClient, table: str) -> None:
    with engine(scratch).begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))
    assert status(client) == 503


@pytest.mark.parametrize("column", ["title", "replaced", "due_order"])
def test_a_column_that_is_missing(scratch: Settings, client: TestClient, column: str) -> None:
    """Also a request is a 503 then, and no fault."""
    somebody = user(client)
    with engine(scratch).begin() as connection:
        connection.execute(text(f"ALTER TABLE tasks RENAME COLUMN {column} TO elsewhere"))
    assert status(client) == 503
    for method, rest in (("PUT", "/00000000-0000-4000-8000-000000000000"), ("POST", "")):
        assert somebody.own(method, rest, json={"title": "x"}).status_code == 503


def test_a_role_that_may_not_look(postgres: Postgres) -> None:
    url = postgres.create("closed")
    migrated(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    stranger = url.replace("postgres@", "stranger@")
    settings = Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(stranger))
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert status(client) == 503


@pytest.mark.parametrize("away", [False, True])
def test_the_database_is_asked_once_a_second(
    scratch: Settings, client: TestClient, away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if away:
        command.downgrade(alembic_config(scratch), "base")
    status(client)
    time.sleep(KEPT_SECONDS)
    asked: list[Connection] = []
    look = readiness.look

    async def counted(connection: Connection) -> None:
        asked.append(connection)
        await look(connection)

    monkeypatch.setattr("taskapi.readiness.look", counted)
    began = time.monotonic()
    statuses = {client.get("/ready").status_code for _ in range(100)}
    assert statuses == {503 if away else 200}
    assert len(asked) <= 1 + (time.monotonic() - began) / KEPT_SECONDS
