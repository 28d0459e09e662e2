"""The server as processes: one, several workers under uvicorn's manager, or one that reloads."""

import errno
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import structlog
from uvicorn import Config, Server
from uvicorn.supervisors import ChangeReload, Multiprocess

from gatepass import ConfigurationError
from taskapi.database_url import BACKEND
from taskapi.logs import configure_logging
from taskapi.protocol import allow_connections
from taskapi.settings import Settings

KEEP_ALIVE_SECONDS = 75  # balancers keep 60: whoever sends requests closes first, not we
GRACEFUL_SECONDS = 8  # for requests in flight: less than the 10 after which tools kill
SIGNALS = (signal.SIGINT, signal.SIGTERM)
MEMORY = "/dev/shm"  # noqa: S108 - the files in it are of a directory of our own

log = structlog.get_logger("taskapi")


def serve(settings: Settings, *, reload: bool) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first."""
    for number in SIGNALS:
        signal.signal(number, end)
    listener = listen(settings.api_host, settings.api_port)
    configure_logging(settings.log_level, settings.log_format)
    announce(settings, reload=reload)
    allow_connections(settings.database_pool_size)
    config = server_config(workers=settings.web_concurrency, reload=reload)
    with listener, measured(settings):
        if reload:
            ChangeReload(config, Server(config).run, [listener]).run()
        elif config.workers > 1:
            Multiprocess(config, [listener]).run()
        else:
            Server(config).run([listener])
    end()


@contextmanager
def measured(settings: Settings) -> Iterator[None]:
    """With METRICS_PORT, what this process and its workers count is served there."""
    if settings.metrics_port is None:
        yield
        return
    # In memory where there is such a place: to count on a full disk kills the process (SIGBUS).
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="taskapi-metrics-", dir=memory) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # read when the library is imported
        from taskapi import metrics

        with metrics.served(settings.api_host, settings.metrics_port):
            yield


def end(_number: int = 0, _frame: FrameType | None = None) -> NoReturn:
    """Exit with 0: the server has ended, or a signal came before it began (or is raised again)."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Python's way out is deaf to neither
    raise SystemExit(0)


def announce(settings: Settings, *, reload: bool) -> None:
    """Log what is served, and what these settings cannot do."""
    database = settings.database.get_backend_name()
    host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
    log.info(
        "serving",
        url=f"http://{host}:{settings.api_port}",
        database=database,
        workers=1 if reload else settings.web_concurrency,
        metrics_port=settings.metrics_port,
    )
    if reload and settings.web_concurrency > 1:
        log.warning("one_worker", reason="--reload runs one worker, whatever WEB_CONCURRENCY says")
    elif database == "sqlite" and settings.web_concurrency > 1:
        log.warning(
            "sqlite_with_workers",
            reason="workers wait for each other to write to a SQLite file: use postgresql://",
        )


def server_config(*, workers: int, reload: bool) -> Config:
    """How uvicorn serves the application, in this process or in each worker."""
    return Config(
        "taskapi.main:create_app_from_environment",
        factory=True,
        workers=workers,
        reload=reload,
        reload_dirs=[str(BACKEND / "taskapi")] if reload else None,
        # By name: a worker imports it once it answers its manager and hears signals.
        http="taskapi.protocol:HttpProtocol",
        ws="none",  # an upgrade request is answered like any other, by the gate
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or a ConfigurationError that names the variable."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        number = error.errno or 0
        if number < 0 or number == errno.EADDRNOTAVAIL:  # below 0 it is the resolver's
            raise ConfigurationError(
                f"API_HOST: {host!r} is no name or address of this machine: set 127.0.0.1, say"
            ) from error
        raise ConfigurationError(
            f"API_PORT: cannot listen on {host}:{port} ({error.strerror}): stop what uses it "
            "or set another API_PORT"
        ) from error
