"""Brings the database up to date with Alembic; harmless to repeat."""

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from gatepass import ConfigurationError
from taskapi.settings import BACKEND, Settings


def migrate(settings: Settings) -> None:
    """Apply every migration that the database does not have yet.

    Raises:
        ConfigurationError: the database cannot be reached, or a newer version has migrated it.
    """
    config = Config(BACKEND / "alembic.ini")
    config.attributes["url"] = settings.database
    try:
        command.upgrade(config, "head")
    except OperationalError as error:
        [reason, *_] = str(error.orig).splitlines()
        raise ConfigurationError(
            f"DATABASE_URL: the database does not answer ({reason}): start it or correct the URL"
        ) from error
    except CommandError as error:
        raise ConfigurationError(
            f"DATABASE_URL: the database belongs to another version of this program ({error}): "
            "run that version, or name another database"
        ) from error
