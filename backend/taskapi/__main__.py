"""The command line: `python -m taskapi serve | migrate | openapi`, from any directory."""

import argparse
import json
import secrets
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from pydantic import SecretStr

from gatepass import ConfigurationError
from taskapi.database_url import BACKEND
from taskapi.settings import Settings

if TYPE_CHECKING:
    from uvicorn import Config

KEEP_ALIVE_SECONDS = 75  # balancers keep 60: whoever sends requests closes first, not we
SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACEFUL_SECONDS = 8  # for requests in flight: less than the 10 after which tools kill


def main() -> int:
    """Run one command. A wrong configuration is one line on stderr and exit code 2.

    Frameworks are imported by the command that needs them, so that a refusal is quick.
    """
    parser = argparse.ArgumentParser(prog="python -m taskapi", description="The task API.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve_parser = commands.add_parser("serve", help="serve the API")
    serve_parser.add_argument("--reload", action="store_true", help="restart on source changes")
    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("openapi", help="print the OpenAPI document")
    arguments = parser.parse_args()
    try:
        match arguments.command:
            case "serve":
                serve(Settings.load(), reload=arguments.reload)
            case "migrate":
                settings = Settings.load()
                check_database_file(settings)
                from taskapi.migrate import migrate

                migrate(settings)
            case "openapi":
                print_openapi()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def serve(settings: Settings, *, reload: bool) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first."""
    from uvicorn import Server
    from uvicorn.supervisors import ChangeReload, Multiprocess

    from taskapi.logs import configure_logging
    from taskapi.protocol import allow_connections

    for number in SIGNALS:
        signal.signal(number, end)
    check_database_file(settings)
    listener = listen(settings.api_host, settings.api_port)
    configure_logging(settings.log_level)
    allow_connections()
    config = server_config(workers=settings.web_concurrency, reload=reload)
    with listener:
        if reload:
            ChangeReload(config, Server(config).run, [listener]).run()
        elif config.workers > 1:
            Multiprocess(config, [listener]).run()
        else:
            Server(config).run([listener])
    end()


def end(_number: int = 0, _frame: FrameType | None = None) -> NoReturn:
    """Exit with 0: the server has ended, or a signal came before it began (or is raised again)."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Python's way out is deaf to neither
    raise SystemExit(0)


def server_config(*, workers: int, reload: bool) -> "Config":
    """How uvicorn serves the application, in this process or in each worker."""
    from uvicorn import Config

    from taskapi.protocol import HttpProtocol

    return Config(
        "taskapi.main:create_app_from_environment",
        factory=True,
        workers=workers,
        reload=reload,
        reload_dirs=[str(BACKEND / "taskapi")] if reload else None,
        http=HttpProtocol,
        ws="none",  # an upgrade request is answered like any other, by the gate
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or a ConfigurationError that names the port."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigurationError(
            f"API_PORT: cannot listen on {host}:{port} ({error.strerror}): stop what uses it "
            "or set another API_PORT"
        ) from error


def check_database_file(settings: Settings) -> None:
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
        raise ConfigurationError(
            f"DATABASE_URL: cannot use {path} ({reason}): name a SQLite file that this user may "
            "read and write, in a directory that exists"
        ) from error


def print_openapi() -> None:
    """The document is the same whatever the settings are; a secret is only there to build."""
    from taskapi.main import create_app

    app = create_app(Settings(better_auth_secret=SecretStr(secrets.token_urlsafe(48))))
    sys.stdout.write(json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
