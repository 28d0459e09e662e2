"""The whole application, top-down: what stands in front of what, and which routes there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepass import GatepassMiddleware, TokenVerifier
from taskapi import __version__, account, docs, routes
from taskapi.cors import Cors
from taskapi.database import open_database
from taskapi.drain import Drain, drain_on_sigterm
from taskapi.error_answers import ErrorGuard, refuse_token
from taskapi.logs import configure_logging
from taskapi.nouns import NOUNS
from taskapi.openapi import DESCRIPTION
from taskapi.ownership import OpenToEveryUser, require_owner_routes
from taskapi.readiness import Readiness
from taskapi.request_log import HSTS, NOSNIFF, PROBES, Observe, RequestLog
from taskapi.settings import Settings, tracing
from taskapi.strict_requests import BodyLimit, HeadAsGet

PUBLIC_PATHS = (*PROBES, "/docs", "/openapi.json")


class Application(FastAPI):
    """FastAPI with nothing but our own layers in front of its router.

    Its telemetry stands before them all, and would parse and tell any stranger's query: it is
    shown none.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["taskapi.query"], scope["query_string"] = scope["query_string"], b""
        await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own find nothing left to do behind `ErrorGuard` and `BodyLimit`."""
        app: ASGIApp = AsyncExitStackMiddleware(self.router)  # which its general routes need
        for layer in reversed(self.user_middleware):
            app = layer.cls(app, *layer.args, **layer.kwargs)

        async def with_query(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                scope["query_string"] = scope["taskapi.query"]
            await app(scope, receive, send)

        return with_query


def create_app(settings: Settings) -> FastAPI:
    """Assemble the application; nothing is connected or opened before it starts."""
    database = open_database(settings.database, settings.database_pool_size)
    drain = Drain()
    # The API cannot see whether a proxy speaks TLS; a page with https can reach nothing else.
    https = all(origin.startswith("https:") for origin in settings.cors_origins)
    headers = [NOSNIFF, HSTS] if https else [NOSNIFF]
    state: dict[str, Any] = {"drain": drain, "headers": headers}  # the protocol finds it there
    observers: list[Observe] = []
    provider = None
    if tracing():
        from taskapi import traces

        provider = traces.tracer_provider()
        database = traces.TracedDatabase(database, provider)
        observers.append(traces.observe)
    if settings.metrics_port is not None:
        from taskapi import metrics

        state["refuse"] = metrics.refuse
        observers.append(metrics.observe)
    limited = []
    if settings.api_rate_limit:
        from taskapi.rate_limit import RateLimit

        limited.append(Middleware(RateLimit, limit=settings.api_rate_limit))
    public_paths = PUBLIC_PATHS if settings.api_docs else PROBES
    routers = (*NOUNS, account.router, routes.router, *([docs.router] if settings.api_docs else []))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        require_owner_routes(app, public_paths)  # once more, for what was added meanwhile
        tasks = [asyncio.create_task(database.start(settings.web_concurrency))]
        if settings.metrics_port is not None:
            tasks.append(asyncio.create_task(metrics.watch_pools(database)))
        # A second signal has uvicorn cancel this instead of ending it.
        with suppress(asyncio.CancelledError), drain_on_sigterm(drain, settings.drain_seconds):
            yield state
        for task in tasks:
            task.cancel()
        await database.close()
        if provider is not None:
            await asyncio.to_thread(provider.shutdown)

    app = Application(
        title="Gatepass task API",
        version=__version__,
        description=DESCRIPTION,
        # Not include_router, which would look for the route of every request twice.
        routes=[route for router in routers for route in router.routes],
        lifespan=lifespan,
        telemetry={
            "tracing": provider is not None,
            "tracer_provider": provider,
            "operation_spans": False,
            "metrics": False,
            "logs": False,
        },
        openapi_url=None,  # docs.py serves the document, and a page that needs no other host
        redirect_slashes=False,  # a browser drops the token on a redirect
        middleware=[  # from outside in
            Middleware(
                RequestLog, log_format=settings.log_format, headers=headers, observers=observers
            ),
            Middleware(Cors, allow_origins=settings.cors_origins),
            Middleware(ErrorGuard),
            Middleware(
                GatepassMiddleware,
                verifier=TokenVerifier(settings.keys, leeway=settings.jwt_leeway),
                public_paths=public_paths,
                on_error=refuse_token,
            ),
            *limited,
            Middleware(BodyLimit),
            Middleware(HeadAsGet),
        ],
    )
    app.state.database = database
    app.state.readiness = Readiness(database)
    app.state.drain = drain
    require_owner_routes(app, public_paths)
    return app


def create_app_from_environment() -> FastAPI:
    """What a server process runs; `python -m taskapi serve` has checked the settings already."""
    settings = Settings.load()
    configure_logging(settings.log_level, settings.log_format)
    try:
        return create_app(settings)
    except OpenToEveryUser as error:
        raise SystemExit(str(error)) from error
