"""CORS for exact origins; tokens travel in a header, so no credentials mode is needed."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from taskapi.error_answers import render
from taskapi.errors import PreflightRefused

ALLOWED_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALLOWED_HEADERS = ("Authorization", "Content-Type", "X-Request-ID")
EXPOSED_HEADERS = ("Location", "Retry-After", "WWW-Authenticate", "X-Request-ID")
VARY = (b"vary", b"Origin")
PREFLIGHT_SECONDS = 7200  # as long as Chromium remembers a preflight


class Cors(CORSMiddleware):
    """Starlette's CORS middleware with this API's rules.

    A preflight is answered by Starlette. What any other answer needs is known before it is made:
    it goes into `scope["answer"]`, which costs a tenth of Starlette's way.
    """

    def __init__(self, app: ASGIApp, allow_origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=allow_origins,
            allow_methods=ALLOWED_METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            max_age=PREFLIGHT_SECONDS,
        )
        exposed = (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode())
        self.answers = {
            origin.encode(): (
                (b"access-control-allow-origin", origin.encode()),
                exposed,
                VARY,
            )
            for origin in allow_origins
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            origins = [value for name, value in scope["headers"] if name == b"origin"]
            if origins and scope["method"] == "OPTIONS":
                await super().__call__(scope, receive, send)
                return
            allowed = self.answers.get(origins[0]) if origins else None
            scope["answer"].headers += allowed or (VARY,)
        await self.app(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Starlette's answer; a refusal in our own shape."""
        answer = super().preflight_response(request_headers)
        return answer if answer.status_code < 400 else Refusal(headers=answer.headers)


class Refusal(Response):
    """Keeps what Starlette says to the browser and tells the rest to a person."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = {
            name: value
            for name, value in self.headers.items()
            if name == "vary" or name.startswith("access-control-")
        }
        await render(scope, PreflightRefused(headers=kept))(scope, receive, send)
