"""WebSockets: a pass from a browser, and the end of the socket with the pass.

A page cannot set ``Authorization`` on a WebSocket; it can offer subprotocols:

    new WebSocket(url, ["gatepass", `bearer.${token}`])

The gate takes the token out before the application sees the request and answers ``gatepass``
(RFC 6455 section 4.2.2: one of those offered), unless the application chose another.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

PROTOCOL = "gatepass"
TOKEN_PREFIX = "bearer."  # noqa: S105 - no token
PASS_ENDED = 4401  # RFC 6455 section 7.4.2: 4000 to 4999 are the application's


def with_header(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """Turn the token among the subprotocols into the header that it stands for.

    Whoever offers two, or a header besides, presents several: that is refused like two headers.
    """
    offered = scope.get("subprotocols") or []
    if PROTOCOL not in offered:
        return scope, send
    tokens = [each[len(TOKEN_PREFIX) :] for each in offered if each.startswith(TOKEN_PREFIX)]
    others = [each for each in offered if each != PROTOCOL and not each.startswith(TOKEN_PREFIX)]
    headers = [pair for pair in scope["headers"] if pair[0] != b"sec-websocket-protocol"]
    if others:
        headers.append((b"sec-websocket-protocol", ", ".join(others).encode("latin-1")))
    headers += [(b"authorization", b"Bearer " + token.encode("latin-1")) for token in tokens]

    async def answered(message: Message) -> None:
        if message["type"] == "websocket.accept" and not message.get("subprotocol"):
            message = {**message, "subprotocol": PROTOCOL}
        await send(message)

    return {**scope, "subprotocols": others, "headers": headers}, answered


@contextlib.asynccontextmanager
async def ending(expires_at: float, send: Send) -> AsyncIterator[Send]:
    """Close the socket with 4401 at *expires_at* (seconds since the epoch).

    Not before the application has accepted it: until then a close is a refused handshake, of
    which a page learns no code. (Of a pass within the leeway the end is already past.)

    The server then tells the application that the client is gone. An application that sends
    nevertheless gets the OSError that the ASGI specification has for that.
    """
    closed = False
    accepted = asyncio.Event()

    async def guarded(message: Message) -> None:
        nonlocal closed
        if closed:
            raise ConnectionResetError("the pass of this WebSocket has ended")
        closed = message["type"] == "websocket.close"
        await send(message)
        if message["type"] == "websocket.accept":
            accepted.set()

    async def end() -> None:
        nonlocal closed
        await asyncio.sleep(expires_at - time.time())
        await accepted.wait()
        if not closed:
            closed = True
            with contextlib.suppress(Exception):  # the client may be gone already
                await send({"type": "websocket.close", "code": PASS_ENDED, "reason": "pass ended"})

    timer = asyncio.create_task(end())
    try:
        yield guarded
    finally:
        timer.cancel()
