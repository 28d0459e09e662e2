"""Asks an ASGI application directly, so that a test says every byte of the request."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gatepass.middleware import ASGIApp, Message, Scope

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def scope_of(kind: str, path: str, headers: Headers, method: str = "GET") -> Scope:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "subprotocols": [],
    }


def run(app: ASGIApp, scope: Scope, incoming: Sequence[Message]) -> list[Message]:
    """Run *app* on a scope, feed it the messages and return those that it sent."""
    sent: list[Message] = []
    waiting = list(incoming)

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def call() -> None:
        await app(scope, receive, send)

    asyncio.run(call())
    return sent


def ask(app: ASGIApp, path: str, headers: Headers = (), method: str = "GET") -> Answer:
    scope = scope_of("http", path, headers, method)
    start, *rest = run(app, scope, [{"type": "http.request", "body": b"", "more_body": False}])
    return Answer(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in rest),
    )


def bearer(token: str) -> Headers:
    return [(b"authorization", b"Bearer " + token.encode())]
