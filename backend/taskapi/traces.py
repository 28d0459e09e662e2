"""OpenTelemetry traces, where the standard OTEL_* variables of the environment ask for them.

FastAPI makes a span for each request (its own telemetry, by the ASGI scope); here are the exporter,
the request's id, and a span for each statement. Nothing of this is imported unless it is wanted.
"""

import os
from functools import lru_cache

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Tracer
from starlette.types import Scope

from taskapi.database import Connection, Database, PoolFigures, Row
from taskapi.database.connection import P, T, Work
from taskapi.database.statement import Parameters, Statement
from taskapi.request_log import Answer


def tracer_provider() -> TracerProvider:
    """Exports over OTLP (http/protobuf) as the environment says; `shutdown` sends what is left."""
    resource = Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "taskapi")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def observe(scope: Scope, _answer: Answer, _seconds: float) -> None:
    """Put the request's id on its span."""
    trace.get_current_span().set_attribute("request.id", scope["request_id"])


class TracedDatabase:
    """A database whose statements are spans below the request's."""

    def __init__(self, database: Database, provider: TracerProvider) -> None:
        self.database = database
        self.tracer = provider.get_tracer("taskapi.database")

    def traced(self, work: Work[P, T]) -> Work[P, T]:
        request = context.get_current()  # a search runs in a thread, which knows no context

        async def run(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
            traced = TracedConnection(connection, self.tracer, request)
            return await work(traced, *args, **kwargs)

        return run

    async def start(self, workers: int) -> None:
        await self.database.start(workers)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.read(self.traced(work), *args, **kwargs)

    async def search(self, owner: str, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.search(owner, self.traced(work), *args, **kwargs)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.write(self.traced(work), *args, **kwargs)

    async def transaction(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.transaction(self.traced(work), *args, **kwargs)

    def figures(self) -> dict[str, PoolFigures]:
        return self.database.figures()

    async def close(self) -> None:
        await self.database.close()


class TracedConnection:
    """Runs statements as the connection does, each within a span that quotes no values."""

    def __init__(self, connection: Connection, tracer: Tracer, request: context.Context) -> None:
        self.connection = connection
        self.tracer = tracer
        self.request = request

    @property
    def dialect(self) -> str:
        return self.connection.dialect

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        text = sql(statement)
        operation = text.split(maxsplit=1)[0]
        attributes = {
            "db.system.name": self.dialect,
            "db.operation.name": operation,
            "db.query.text": text,
        }
        with self.tracer.start_as_current_span(
            operation, self.request, SpanKind.CLIENT, attributes
        ):
            return await self.connection.fetch(statement, parameters)


@lru_cache(1024)
def sql(statement: Statement) -> str:
    """The statement's text, with names where its values go."""
    return str(statement)
