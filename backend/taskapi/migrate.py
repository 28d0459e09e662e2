"""Brings the database up to date with Alembic; harmless to repeat."""

from alembic import command
from alembic.config import Config

from taskapi.settings import BACKEND, Settings


def migrate(settings: Settings) -> None:
    """Apply every migration that the database does not have yet."""
    config = Config(BACKEND / "alembic.ini")
    config.attributes["url"] = settings.database
    command.upgrade(config, "head")
