"""The migrations make what the models say, on both databases, as often as one likes."""

import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, pool, text

from gatepass import ConfigurationError
from taskapi.migrate import migrate
from taskapi.settings import BACKEND, Settings
from taskapi.tasks.models import metadata
from tests.conftest import migrated


def engine(settings: Settings) -> Engine:
    return create_engine(settings.database, poolclass=pool.NullPool)


def test_models_and_migrations_agree(settings: Settings) -> None:
    with engine(settings).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


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
    config = Config(BACKEND / "alembic.ini")
    config.attributes["url"] = settings.database
    command.downgrade(config, "base")
    assert inspect(engine(settings)).get_table_names() == ["alembic_version"]
    migrate(settings)
    assert "tasks" in inspect(engine(settings)).get_table_names()


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


def test_every_file_is_dated() -> None:
    for file in (BACKEND / "migrations/versions").glob("*.py"):
        assert time.strptime(file.name[:10], "%Y_%m_%d")


def test_every_key_starts_with_the_owner() -> None:
    for table in metadata.tables.values():
        keys = [table.primary_key.columns, *(index.columns for index in table.indexes)]
        assert {next(iter(key)).name for key in keys} == {"owner_id"}
