"""The outermost layer: a request id for every answer, its safe headers, and one log line."""

import logging
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taskapi.logs import json_line, quoted
from taskapi.logs import request_id as current_request_id
from taskapi.settings import LogFormat

SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
PROBES = ("/health", "/ready")
MAX_LOGGED = 500  # characters of a path or a user's id
# What a debug log shows of a request; every other value is redacted.
HARMLESS_HEADERS = {
    *("accept", "accept-encoding", "access-control-request-headers"),
    *("access-control-request-method", "connection", "content-length", "content-type", "host"),
    *("origin", "transfer-encoding", "user-agent"),
}
HARMLESS_PARAMETERS = {"limit", "sort", "status"}
REDACTED = "[redacted]"

NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")
NO_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")

log = structlog.get_logger("taskapi.request_log")


class Answer:
    """What the layers know of the answer to a request, as `scope["answer"]`.

    `status` is 0 until it begins. A layer that adds headers puts them into `headers` instead of
    wrapping `send` once more; `reason` says why a token was refused.
    """

    __slots__ = ("headers", "reason", "status")

    def __init__(self, request_id: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.status = 0
        self.reason = ""
        self.headers = [(b"x-request-id", request_id.encode()), *headers]


Observe = Callable[[Scope, Answer, float], None]

NO_ROOM = (OSError, IndexError)  # for one more counter, and for one that comes after it


class RequestLog:
    """Sets `scope["request_id"]` and `scope["answer"]`, and logs one line.

    Whatever else is logged while the request is served, in a thread too, carries the id by itself.
    The line has the method, path, status, duration and user; never a header or a query string,
    where secrets may be. It is written before the answer is: no crash leaves an answer without its
    line. At the level "debug" a second line has headers and query, redacted.

    `headers` are on every answer; `observers` are told of each too, with the seconds it took.
    """

    def __init__(
        self,
        app: ASGIApp,
        log_format: LogFormat,
        headers: Sequence[tuple[bytes, bytes]] = (NOSNIFF,),
        observers: Sequence[Observe] = (),
    ) -> None:
        self.app = app
        self.headers = headers
        self.write = write_json if log_format == "json" else write_console
        self.observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = scope["request_id"] = incoming_request_id(scope) or str(uuid4())
        current_request_id.set(request_id)  # uvicorn runs each request in a context of its own
        answer = scope["answer"] = Answer(request_id, self.headers)

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                headers = message["headers"] = [*message["headers"], *answer.headers]
                # The public documents decide by themselves.
                names = [name for name, _ in headers]
                if b"cache-control" not in names:
                    headers.append(NO_STORE)
                if b"content-security-policy" not in names:
                    headers.append(NO_CONTENT)
                if log.is_enabled_for(logging.DEBUG):
                    log.debug("exchange", **exchange(scope, message))
                self.record(scope, answer, time.perf_counter() - began)
            await send(message)

        try:
            await self.app(scope, receive, complete)
        finally:
            if not answer.status:  # whoever asked is gone
                self.record(scope, answer, time.perf_counter() - began)

    def record(self, scope: Scope, answer: Answer, seconds: float) -> None:
        # A probe comes every second and says nothing that its own failure does not.
        if scope["path"] not in PROBES or log.is_enabled_for(logging.DEBUG):
            self.write(scope, answer, seconds)
        for observe in self.observers:
            with suppress(*NO_ROOM):
                observe(scope, answer, seconds)


def write_json(scope: Scope, answer: Answer, seconds: float) -> None:
    """The line as `log.info` would have rendered it, in one piece."""
    user = scope.get("gatepass.user")
    line = json_line(
        "request",
        f'"method": {quoted(scope["method"])}, "path": {quoted(scope["path"][:MAX_LOGGED])}, '
        f'"status": {answer.status}, "duration_ms": {seconds * 1000:.2f}, '
        f'"user": {quoted(user.id[:MAX_LOGGED]) if user else "null"}',
    )
    if answer.reason:
        line = json_line("token_refused", f'"reason": {quoted(answer.reason)}') + line
    sys.stderr.write(line)


def write_console(scope: Scope, answer: Answer, seconds: float) -> None:
    user = scope.get("gatepass.user")
    if answer.reason:
        log.info("token_refused", reason=answer.reason)
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"][:MAX_LOGGED],
        status=answer.status,
        duration_ms=round(seconds * 1000, 2),
        user=user and user.id[:MAX_LOGGED],
    )


def incoming_request_id(scope: Scope) -> str | None:
    """The caller's X-Request-ID, if there is one and it is safe to log and to send back."""
    values: list[bytes] = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if len(values) == 1 and SANE_REQUEST_ID.fullmatch(values[0]):
        return values[0].decode()
    return None


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
