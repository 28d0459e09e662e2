"""Brings the database up to date with Alembic; harmless to repeat, and for several at once."""

import sqlite3

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from gatepass import ConfigurationError
from taskapi.database_url import BACKEND
from taskapi.settings import Settings


def alembic_config(settings: Settings) -> Config:
    """Alembic's configuration for that database."""
    config = Config(BACKEND / "alembic.ini")
    config.attributes["url"] = settings.database
    return config


def migrate(settings: Settings) -> None:
    """Apply every migration that the database does not have yet.

    Raises:
        ConfigurationError: the database cannot be reached, does not let this role change it, is
            held by somebody else, or a newer version has migrated it.
    """
    try:
        command.upgrade(alembic_config(settings), "head")
    except DBAPIError as error:
        refusal = explained(error.orig)
        if refusal is None:
            raise
        raise ConfigurationError(f"DATABASE_URL: {refusal}") from error
    except CommandError as error:
        raise ConfigurationError(
            f"DATABASE_URL: the database belongs to another version of this program ({error}): "
            "run that version, or name another database"
        ) from error


def explained(cause: BaseException | None) -> str | None:
    """What an operator can do about it; None for a migration that is wrong."""
    reason = str(cause).partition("\n")[0]
    match cause:
        case psycopg.errors.InsufficientPrivilege():
            return (
                f"its role may not change the schema ({reason}): migrate as the role that owns "
                "the tables, or GRANT CREATE ON SCHEMA public to this one"
            )
        case psycopg.errors.LockNotAvailable():
            return (
                f"somebody else holds a table that has to change ({reason}): nothing is changed; "
                "run this again when the dump or long transaction has ended"
            )
        case psycopg.errors.ReadOnlySqlTransaction():
            return f"the database is read-only ({reason}): name the primary"
        case sqlite3.OperationalError(sqlite_errorcode=sqlite3.SQLITE_ERROR):
            return None
        case (
            psycopg.OperationalError(sqlstate=None)  # no connection was made, or it was lost
            | sqlite3.OperationalError(sqlite_errorcode=sqlite3.SQLITE_CANTOPEN)
        ):
            return f"there is no connection to the database ({reason}): start it or correct the URL"
        case psycopg.OperationalError() | sqlite3.OperationalError():
            return f"the database gave up ({reason}): run this again when that is mended"
    return None
