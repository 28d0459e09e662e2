"""The migrations make what the models say, on both databases, as often as one likes."""

import re
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Engine, MetaData, Table, create_engine, inspect, pool, text
from sqlalchemy.exc import DBAPIError, OperationalError

from gatepass import ConfigurationError
from taskapi.database_url import BACKEND
from taskapi.migrate import alembic_config, explained, migrate
from taskapi.nouns import metadata
from taskapi.settings import Settings
from tests.callers import SECRET
from tests.conftest import migrated
from tests.servers import blank_environment
from tools.postgres import Postgres


def engine(settings: Settings) -> Engine:
    return create_engine(settings.database, poolclass=pool.NullPool)


def refusal_of_sqlite(path: str, statement: str = "SELECT 1") -> Exception:
    """What the driver raises."""
    with pytest.raises(sqlite3.OperationalError) as refused:
        sqlite3.connect(path).execute(statement)
    return refused.value


def test_models_and_migrations_agree(settings: Settings) -> None:
    with engine(settings).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        missing = compare_metadata(context, metadata)
    assert missing == [], 'run `make migration NAME="what it does"`'


def test_names_follow_the_convention(settings: Settings) -> None:
    inspector = inspect(engine(settings))
    assert inspector.get_pk_constraint("tasks")["name"] == "pk_tasks"
    assert {index["name"] for index in inspector.get_indexes("tasks")} == {
        index.name for index in metadata.tables["tasks"].indexes
    }


def test_repeating_is_harmless(settings: Settings) -> None:
    migrate(settings)
    migrate(settings)


def test_down_and_up_again(tmp_path: Path) -> None:
    settings = migrated(str(tmp_path / "tasks.sqlite"))
    command.downgrade(alembic_config(settings), "base")
    assert inspect(engine(settings)).get_table_names() == ["alembic_version"]
    migrate(settings)
    assert "tasks" in inspect(engine(settings)).get_table_names()


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_each_takes_a_database_with_rows(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        url = str(tmp_path / "tasks.sqlite")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create("with-rows")
    settings = Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url))
    scripts = ScriptDirectory(str(BACKEND / "migrations")).walk_revisions()
    for script in reversed([*scripts]):
        try:
            command.upgrade(alembic_config(settings), script.revision)
        except DBAPIError as error:
            pytest.fail(
                f"{Path(script.path).name} fails where there are rows: a column that must not be "
                f"null needs a server_default, in the table and here ({error.orig})"
            )
        with engine(settings).begin() as connection:
            there = MetaData()
            there.reflect(connection)
            for table in there.sorted_tables:
                if connection.execute(table.select()).first() is None:
                    connection.execute(table.insert(), row_of(table))


def row_of(table: Table) -> dict[str, object]:
    """Something in each column that a row must have."""
    values = {str: "x", int: 1, bool: True, UUID: UUID(int=1), datetime: datetime.now(UTC)}
    return {
        column.name: values[column.type.python_type]
        for column in table.c
        if not column.nullable and column.server_default is None
    }


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (psycopg.OperationalError("connection refused"), "there is no connection"),
        (psycopg.errors.DiskFull("no space left"), "gave up"),
        (refusal_of_sqlite("/no/such/folder/x.sqlite"), "there is no connection"),
        (refusal_of_sqlite(":memory:", "ALTER TABLE nothing ADD COLUMN x"), None),
    ],
)
def test_a_failure_says_whether_there_was_a_connection(cause: Exception, said: str | None) -> None:
    told = explained(cause)
    assert told is None if said is None else said in str(told)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_several_at_once_all_succeed(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """They all come while somebody else writes, and go on at the same moment; on PostgreSQL also
    where transactions see what was there when they began, unless one says otherwise."""
    holder: sqlite3.Connection | psycopg.Connection
    if backend == "sqlite":
        url = str(tmp_path / "tasks.sqlite")
        holder = sqlite3.connect(url, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create("at-once")
        level = "SET default_transaction_isolation = 'repeatable read'"
        with psycopg.connect(url) as settings:
            settings.execute(f'ALTER DATABASE "at-once" {level}'.encode())
        holder = psycopg.connect(url)
        holder.execute("SELECT pg_advisory_xact_lock(4711001)")
    environment = {**blank_environment(), "BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": url}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "taskapi", "migrate"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    time.sleep(4)
    holder.rollback()
    holder.close()
    ends = [(process.communicate(timeout=120)[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * len(processes)


class TestPostgres:
    """What a server with other users and other sessions answers, as one line."""

    def test_a_role_without_the_right_to_change_the_schema(self, postgres: Postgres) -> None:
        url = postgres.create("not-ours")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE guest LOGIN")
        with pytest.raises(ConfigurationError) as refused:
            migrated(url.replace("postgres@", "guest@"))
        assert re.fullmatch(
            r"DATABASE_URL: its role may not change the schema \(permission denied .*\): .*",
            str(refused.value),
        )

    def test_a_table_that_somebody_holds_is_not_waited_for(self, postgres: Postgres) -> None:
        """Whoever reads it would have to wait behind the migration."""
        settings = migrated(postgres.create("held-by-a-dump"))
        config = alembic_config(settings)
        with psycopg.connect(settings.database_url.get_secret_value()) as dump:
            dump.execute("SELECT FROM tasks")
            with pytest.raises(OperationalError, match="lock timeout"):
                command.downgrade(config, "base")
        command.downgrade(config, "base")
        with psycopg.connect(settings.database_url.get_secret_value()) as other:
            other.execute("LOCK TABLE alembic_version")
            began = time.monotonic()
            with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: somebody else holds"):
                migrate(settings)
            assert time.monotonic() - began < 10
        migrate(settings)

    @pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
    def test_a_database_that_cannot_hold_all_text(self, postgres: Postgres, encoding: str) -> None:
        url = postgres.create(f"beside-{encoding}")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                f"CREATE DATABASE \"{encoding}\" ENCODING '{encoding}' TEMPLATE template0 "
                "LC_COLLATE 'C' LC_CTYPE 'C'".encode()
            )
        with pytest.raises(
            ConfigurationError, match=rf"^DATABASE_URL: the encoding .* {encoding},"
        ):
            migrated(url.replace("beside-", ""))

    def test_a_standby(self, postgres: Postgres) -> None:
        url = postgres.create("standby")
        with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: the database is read-only"):
            migrated(f"{url}?options=-c%20default_transaction_read_only%3Don")


def test_a_database_of_a_newer_version_is_left_alone(settings: Settings) -> None:
    def is_at(version: str) -> None:
        with engine(settings).begin() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :at"), {"at": version}
            )

    directory = ScriptDirectory(str(BACKEND / "migrations"))
    is_at("of-the-future")
    try:
        with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: .*of-the-future"):
            migrate(settings)
    finally:
        is_at(str(directory.get_current_head()))


def test_every_file_is_numbered() -> None:
    files = sorted((BACKEND / "migrations/versions").glob("*.py"))
    for number, file in enumerate(files, 1):
        assert re.fullmatch(rf"{number:04}_[a-z][a-z0-9_]*\.py", file.name)
        assert f'revision = "{number:04}"' in file.read_text()


def test_every_key_starts_with_the_owner() -> None:
    for table in metadata.tables.values():
        keys = [table.primary_key.columns, *(index.columns for index in table.indexes)]
        assert {next(iter(key)).name for key in keys} == {"owner_id"}
