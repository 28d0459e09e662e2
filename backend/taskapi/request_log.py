"""The outermost layer: a request id for every answer, its safe headers, and one log line."""

import logging
import re
import time
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
MAX_LOGGED_PATH = 500
# What a debug log shows of a request; every other value is redacted.
HARMLESS_HEADERS = {
    *("accept", "accept-encoding", "access-control-request-headers"),
    *("access-control-request-method", "connection", "content-length", "content-type", "host"),
    *("origin", "transfer-encoding", "user-agent"),
}
HARMLESS_PARAMETERS = {"limit", "sort", "status"}
REDACTED = "[redacted]"

log = structlog.get_logger("taskapi.request_log")


class RequestLog:
    """Sets `scope["request_id"]`, the headers that every answer has, and logs one line.

    Whatever else is logged while the request is served, in a thread too, carries the id by itself.
    The line has the method, path, status, duration and user; never a header or a query string,
    where secrets may be. At the level "debug" a second line has those, redacted.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = incoming_request_id(scope) or str(uuid4())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.serve(scope, receive, send, request_id)

    async def serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = 0

        async def complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    *(() if caches(message) else ((b"cache-control", b"no-store"),)),
                ]
                if log.is_enabled_for(logging.DEBUG):
                    log.debug("exchange", **exchange(scope, message))
            await send(message)

        try:
            await self.app(scope, receive, complete)
        finally:
            user = scope.get("gatepass.user")
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"][:MAX_LOGGED_PATH],
                status=status,
                duration_ms=round((time.perf_counter() - began) * 1000, 2),
                user=user and user.id,
            )


def incoming_request_id(scope: Scope) -> str | None:
    """The caller's X-Request-ID, if there is one and it is safe to log and to send back."""
    values: list[bytes] = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if len(values) == 1 and SANE_REQUEST_ID.fullmatch(values[0]):
        return values[0].decode()
    return None


def caches(message: Message) -> bool:
    """Whether the answer has decided about caching by itself (the public documents do)."""
    return any(name == b"cache-control" for name, _ in message["headers"])


def exchange(scope: Scope, answer: Message) -> dict[str, Any]:
    """A request's headers and query, redacted, and the answer's headers, which hold no secret."""
    return {
        "query": {
            name: value if name in HARMLESS_PARAMETERS else REDACTED
            for name, value in parse_qsl(scope["query_string"].decode("latin-1"))
        },
        "request_headers": {
            name: value if name in HARMLESS_HEADERS else REDACTED
            for name, value in texts(scope["headers"])
        },
        "answer_headers": dict(texts(answer["headers"])),
    }


def texts(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
