"""Prometheus metrics, at `/metrics` on `METRICS_PORT` alone.

Every process writes into files of one directory (prometheus_client's multiprocess mode, which the
library chooses when it is imported), and the one that was started first reads and serves them all.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    make_wsgi_app,
    start_http_server,
)
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.types import Scope

from gatepass import ConfigurationError
from taskapi.database import Database
from taskapi.errors import ERROR_TYPES
from taskapi.request_log import NO_ROOM, Answer

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
POOL_SECONDS = 1.0

ANSWERS = Histogram(
    "gatepass_api_request_duration_seconds",
    "From a request's headers to the beginning of its answer.",
    ["method", "route", "status"],
    buckets=BUCKETS,
)
REFUSALS = Counter(
    "gatepass_api_refusals",
    "Passes that were refused, by the verifier's reason, and connections, by the error's type.",
    ["reason"],
)
POOL = Gauge(
    "gatepass_api_database_connections",
    "Connections that a pool may have, those at work, and requests that wait for one.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)


def observe(scope: Scope, answer: Answer, seconds: float) -> None:
    """Count one answer. Labels come from the routes and from lists, never from strangers."""
    route = scope.get("route")
    template = "unmatched" if route is None else route.path
    method = scope["method"] if scope["method"] in METHODS else "other"
    ANSWERS.labels(method, template, answer.status).observe(seconds)
    if answer.reason:
        REFUSALS.labels(answer.reason).inc()


def refuse(status: int) -> None:
    """Count one connection that was refused before there was a request."""
    with suppress(*NO_ROOM):
        REFUSALS.labels(ERROR_TYPES[status]).inc()


async def watch_pools(database: Database) -> None:
    """Report how the pools stand, once a second, until it is cancelled."""
    while True:
        with suppress(*NO_ROOM):
            for name, figures in database.figures().items():
                for state, value in figures._asdict().items():
                    POOL.labels(name, state).set(value)
        await asyncio.sleep(POOL_SECONDS)


def at_its_path(metrics: WSGIApplication) -> WSGIApplication:
    """The library's application answers at every path."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"The metrics are at /metrics.\n"]

    return app


@contextmanager
def served(host: str, port: int) -> Iterator[None]:
    """Serve the metrics of this process and of those it starts, in a thread."""
    registry = CollectorRegistry()
    registry.register(Processes())
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    try:
        server, thread = start_http_server(port, host, registry)
        server.set_app(at_its_path(make_wsgi_app(registry)))
    except OSError as error:
        raise ConfigurationError(
            f"METRICS_PORT: cannot listen on {host}:{port} ({error.strerror}): stop what uses it "
            "or set another METRICS_PORT"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Processes(Collector):
    """Memory, CPU and files of each process that serves, and a clean-up after those that died."""

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for pid in sorted(serving_pids()):
            if not Path(f"/proc/{pid}").exists():
                mark_process_dead(pid)  # type: ignore[no-untyped-call]
                continue
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                for sample in metric.samples:
                    family.add_sample(sample.name, {"pid": str(pid)}, sample.value)
        yield from families.values()


def serving_pids() -> set[int]:
    """The processes that have written something (`counter_123.db`)."""
    files = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db")
    return {int(file.stem.rpartition("_")[2]) for file in files}
