"""Two small halves for `make doctor`: real servers and the real gate, with faults to order."""

import contextlib
import email.utils
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gatepass import GatepassMiddleware, KeyRing, TokenVerifier


@contextlib.contextmanager
def served(app: Starlette) -> Iterator[int]:
    """Serve *app* on a free local port, which is handed out."""
    config = uvicorn.Config(app, port=0, log_level="critical", date_header=False, ws="none")
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def dated(response: Response, clock: float) -> Response:
    response.headers["date"] = email.utils.formatdate(time.time() + clock, usegmt=True)
    return response


def backend(secret: str, origin: str, *, ready: int = 200, clock: float = 0) -> Starlette:
    """A backend whose clock runs *clock* seconds ahead."""

    async def answer(_request: Request) -> Response:
        return dated(JSONResponse({}), clock)

    async def readiness(_request: Request) -> Response:
        return dated(JSONResponse({}, status_code=ready), clock)

    verifier = TokenVerifier(KeyRing.single(secret), clock=lambda: time.time() + clock)
    return Starlette(
        routes=[Route("/health", answer), Route("/ready", readiness), Route("/api/me", answer)],
        middleware=[
            Middleware(CORSMiddleware, allow_origins=[origin], allow_headers=["authorization"]),
            Middleware(GatepassMiddleware, verifier=verifier, public_paths=["/health", "/ready"]),
        ],
    )


def frontend(*, sessions: int = 200, clock: float = 0, redirect: str = "") -> Starlette:
    """A frontend that looks sessions up with status *sessions* when a cookie is shown."""

    async def alive(_request: Request) -> Response:
        return RedirectResponse(redirect) if redirect else dated(JSONResponse({}), clock)

    async def session(request: Request) -> Response:
        asked = "better-auth.session_token" in request.cookies
        return JSONResponse(None, status_code=sessions if asked else 200)

    return Starlette(routes=[Route("/api/auth/ok", alive), Route("/api/auth/get-session", session)])


def migrated_files(root: Path) -> None:
    for path, table in (
        ("frontend/auth.sqlite", "session"),
        ("backend/tasks.sqlite", "alembic_version"),
    ):
        with contextlib.closing(sqlite3.connect(root / path)) as database:
            database.execute(f"create table {table} (id text)")
