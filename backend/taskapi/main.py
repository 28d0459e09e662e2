"""The whole application, top-down: what stands in front of what, and which routes there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from gatepass import GatepassMiddleware, TokenVerifier
from taskapi import __version__, account, docs, routes
from taskapi.cors import Cors
from taskapi.database import open_database
from taskapi.drain import Drain, drain_on_sigterm
from taskapi.errors import ErrorGuard, handle_exception, refuse_token
from taskapi.incoming import BodyLimit, HeadAsGet
from taskapi.logs import configure_logging
from taskapi.nouns import NOUNS
from taskapi.openapi import DESCRIPTION
from taskapi.ownership import OpenToEveryUser, require_owner_routes
from taskapi.rate_limit import RateLimit
from taskapi.readiness import Readiness
from taskapi.request_log import RequestLog
from taskapi.settings import Settings

PUBLIC_PATHS = ("/health", "/ready", "/docs", "/openapi.json")


def create_app(settings: Settings) -> FastAPI:
    """Assemble the application; nothing is connected or opened before it starts."""
    database = open_database(settings.database, settings.database_pool_size)
    drain = Drain()
    routers = (*NOUNS, account.router, routes.router, docs.router)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Drain]]:
        require_owner_routes(app, PUBLIC_PATHS)  # once more, for what was added meanwhile
        advice = asyncio.create_task(database.start(settings.web_concurrency))
        with drain_on_sigterm(drain, settings.drain_seconds):
            yield {"drain": drain}  # the protocol finds it there
        advice.cancel()
        await database.close()

    app = FastAPI(
        title="Gatepass task API",
        version=__version__,
        description=DESCRIPTION,
        # Not include_router, which would look for the route of every request twice.
        routes=[route for router in routers for route in router.routes],
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        openapi_url=None,  # docs.py serves the document, and a page that needs no other host
        redirect_slashes=False,  # a browser drops the token on a redirect
        exception_handlers={
            HTTPException: handle_exception,
            RequestValidationError: handle_exception,
        },
        middleware=[  # from outside in
            Middleware(RequestLog, log_format=settings.log_format),
            Middleware(Cors, allow_origins=settings.cors_origins),
            Middleware(ErrorGuard),
            Middleware(
                GatepassMiddleware,
                verifier=TokenVerifier(settings.keys, leeway=settings.jwt_leeway),
                public_paths=PUBLIC_PATHS,
                on_error=refuse_token,
            ),
            *([Middleware(RateLimit, limit=settings.rate_limit)] if settings.rate_limit else []),
            Middleware(BodyLimit),
            Middleware(HeadAsGet),
        ],
    )
    app.state.database = database
    app.state.readiness = Readiness(database)
    app.state.drain = drain
    require_owner_routes(app, PUBLIC_PATHS)
    return app


def create_app_from_environment() -> FastAPI:
    """What a server process runs; `python -m taskapi serve` has checked the settings already."""
    settings = Settings.load()
    configure_logging(settings.log_level, settings.log_format)
    try:
        return create_app(settings)
    except OpenToEveryUser as error:
        raise SystemExit(str(error)) from error
