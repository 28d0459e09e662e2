"""The command line: `python -m taskapi serve | migrate | openapi`, from any directory."""

import argparse
import json
import secrets
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from taskapi.settings import Settings


def stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Ctrl-C is no fault that needs a traceback, at whatever moment."""
    raise SystemExit(128 + number)


def main() -> int:
    """Run one command. A wrong configuration is one line on stderr and exit code 2.

    Whatever takes its time to be imported is imported by the command that needs it, once a signal
    is no surprise any more.
    """
    parser = argparse.ArgumentParser(prog="python -m taskapi", description="The task API.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve_parser = commands.add_parser("serve", help="serve the API")
    serve_parser.add_argument("--reload", action="store_true", help="restart on source changes")
    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("openapi", help="print the OpenAPI document")
    arguments = parser.parse_args()
    from gatepass import ConfigurationError

    try:
        match arguments.command:
            case "serve":
                serve(reload=arguments.reload)
            case "migrate":
                migrate()
            case "openapi":
                print_openapi()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def serve(*, reload: bool) -> None:
    settings = checked_settings()
    from taskapi.serve import serve

    serve(settings, reload=reload)


def migrate() -> None:
    settings = checked_settings()
    from taskapi.migrate import migrate

    migrate(settings)


def checked_settings() -> "Settings":
    from taskapi.settings import Settings

    settings = Settings.load()
    check_database_file(settings)
    return settings


def check_database_file(settings: "Settings") -> None:
    """Refuse a SQLite file that cannot be read and written; a server may come up later.

    A new file is its owner's alone, and so are those that SQLite puts beside it.
    """
    url = settings.database
    if url.get_backend_name() != "sqlite":
        return
    path = Path(str(url.database))
    try:
        path.touch(0o600)
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
    except (OSError, sqlite3.DatabaseError) as error:
        if "locked" in str(error):
            return
        reason = error.strerror if isinstance(error, OSError) else error
        from gatepass import ConfigurationError

        raise ConfigurationError(
            f"DATABASE_URL: cannot use {path} ({reason}): name a SQLite file that this user may "
            "read and write, in a directory that exists"
        ) from error


def print_openapi() -> None:
    """The document is the same whatever the settings are; a secret is only there to build."""
    from pydantic import SecretStr

    from taskapi.main import create_app
    from taskapi.settings import Settings

    app = create_app(Settings(better_auth_secret=SecretStr(secrets.token_urlsafe(48))))
    sys.stdout.write(json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    sys.exit(main())
