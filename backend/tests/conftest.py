"""The real application on real databases: SQLite files and a PostgreSQL server."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from taskapi.main import create_app
from taskapi.migrate import migrate
from taskapi.settings import Settings
from tests.callers import SECRET, Caller, user
from tests.servers import Server
from tools.postgres import Postgres


@pytest.fixture(autouse=True, scope="session")
def bare_environment() -> None:
    """No variable of the developer's shell and no backend/.env decides about a test."""
    for name in (
        "BETTER_AUTH_SECRET",
        "BETTER_AUTH_SECRETS",
        *(name.upper() for name in Settings.model_fields),
    ):
        os.environ.pop(name, None)
    Settings.model_config["env_file"] = None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; a missing one is a failure, never a skip."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for a migrated database; whatever asks for them runs on both databases."""
    if request.param == "sqlite":
        url = str(tmp_path_factory.mktemp("sqlite") / "tasks.sqlite")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create(f"tasks-{uuid4()}")
    return migrated(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A migrated database that a test may spoil."""
    if request.param == "sqlite":
        return migrated(str(tmp_path / "tasks.sqlite"))
    server: Postgres = request.getfixturevalue("postgres")
    return migrated(server.create(f"scratch-{uuid4()}"))


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """The application with all its layers; an error is an answer, as in production."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def sqlite_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same on SQLite only, for what cannot depend on the database."""
    settings = migrated(str(tmp_path_factory.mktemp("sqlite-only") / "tasks.sqlite"))
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real process on a real port, as `python -m taskapi serve` runs it."""
    file = tmp_path_factory.mktemp("server") / "tasks.sqlite"
    migrated(str(file))
    with Server(DATABASE_URL=str(file)) as running:
        yield running


@pytest.fixture
def alice(client: TestClient) -> Caller:
    return user(client)


@pytest.fixture
def bob(client: TestClient) -> Caller:
    return user(client)


def migrated(url: str) -> Settings:
    """Settings for the database at that URL, brought up to date."""
    settings = Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url))
    migrate(settings)
    return settings
