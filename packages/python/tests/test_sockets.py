"""WebSockets: a pass from a browser, and the end of a socket with its pass."""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from asgi_client import bearer, run, scope_of
from authorization_values import GOOD
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from contract.mint import HEADER, mint
from contract.vector_builder import NOW, SINGLE, STRANGER, SUB, claims
from gatepass import GatepassMiddleware, KeyRing, TokenVerifier, User, testing
from gatepass.middleware import Message, Receive, Scope, Send

KEYS = KeyRing.single(SINGLE)
seen: list[dict[str, Any]] = []


async def echo(socket: WebSocket) -> None:
    seen.append({"subprotocols": socket.scope["subprotocols"], "headers": list(socket.headers)})
    await socket.accept()
    await socket.send_text(socket.scope["gatepass.user"].id)
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


async def chosen(socket: WebSocket) -> None:
    await socket.accept(subprotocol="graphql-transport-ws")
    await socket.close()


async def ticking(socket: WebSocket) -> None:
    """Only sends: never looks whether somebody is there."""
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.send_text("tick")
            await asyncio.sleep(0.01)
    seen.append({"ticking": "ended"})


async def slow(socket: WebSocket) -> None:
    """Looks something up before it accepts."""
    await asyncio.sleep(0.05)
    await socket.accept()
    seen.append({"slow": "accepted"})
    with contextlib.suppress(WebSocketDisconnect):
        await socket.receive_text()


@pytest.fixture(params=["auto", "wsproto"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    seen.clear()
    inner = Starlette(
        routes=[
            WebSocketRoute("/echo", echo),
            WebSocketRoute("/chosen", chosen),
            WebSocketRoute("/ticking", ticking),
            WebSocketRoute("/slow", slow),
        ]
    )
    gate = GatepassMiddleware(inner, verifier=TokenVerifier(KEYS))
    config = uvicorn.Config(gate, port=0, log_level="info", ws=request.param)
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def offered(token: str, *others: str) -> list[Subprotocol]:
    return [Subprotocol(each) for each in ("gatepass", f"bearer.{token}", *others)]


async def read_all(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


class TestInAServer:
    def test_anonymous(self, address: str) -> None:
        for protocols in (None, [Subprotocol("gatepass")], [Subprotocol("other")]):
            assert asyncio.run(self.refused(f"{address}/echo", protocols)) == 403

    def test_a_bad_token(self, address: str) -> None:
        assert asyncio.run(self.refused(f"{address}/echo", offered(f"{GOOD}x"))) == 403

    async def refused(self, url: str, protocols: list[Subprotocol] | None) -> int:
        with pytest.raises(InvalidStatus) as caught:
            await connect(url, subprotocols=protocols)
        return caught.value.response.status_code

    def test_a_good_token(self, address: str, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        token = testing.mint(SUB, keys=KEYS)

        async def talk() -> None:
            async with connect(f"{address}/echo", subprotocols=offered(token, "x")) as socket:
                assert socket.subprotocol == "gatepass"
                assert await socket.recv() == SUB
                await socket.send("hello")
                assert await socket.recv() == "hello"

        asyncio.run(talk())
        assert seen[0]["subprotocols"] == ["x"]
        assert token not in caplog.text
        assert token.rpartition(".")[2] not in json.dumps(seen)

    def test_the_application_may_choose_another(self, address: str) -> None:
        async def talk() -> None:
            protocols = offered(testing.mint(keys=KEYS), "graphql-transport-ws")
            async with connect(f"{address}/chosen", subprotocols=protocols) as socket:
                assert socket.subprotocol == "graphql-transport-ws"

        asyncio.run(talk())

    @pytest.mark.parametrize("path", ["echo", "ticking"])
    def test_it_ends_with_its_pass(self, address: str, path: str) -> None:
        async def talk() -> float:
            token = testing.mint(keys=KEYS, expires_in=2)
            begun = time.monotonic()
            async with connect(f"{address}/{path}", subprotocols=offered(token)) as socket:
                with pytest.raises(ConnectionClosed) as caught:
                    await read_all(socket)
                assert caught.value.rcvd is not None
                assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (4401, "pass ended")
            return time.monotonic() - begun

        assert asyncio.run(talk()) < 10
        if path == "ticking":
            for _ in range(200):
                if {"ticking": "ended"} in seen:
                    return
                time.sleep(0.01)
            raise AssertionError("the application was not told")

    def test_of_a_pass_within_the_leeway_a_page_sees_the_end(self, address: str) -> None:
        async def talk() -> None:
            token = testing.mint(keys=KEYS, issued_at=int(time.time()) - 60, expires_in=60)
            async with connect(f"{address}/slow", subprotocols=offered(token)) as socket:
                with pytest.raises(ConnectionClosed) as caught:
                    await read_all(socket)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 4401

        asyncio.run(talk())
        assert {"slow": "accepted"} in seen


class Everyone:
    """A verifier that lets everybody in, until a moment that it is told."""

    def __init__(self, expires_in: float) -> None:
        self.expires_at = time.time() + expires_in

    def verify(self, _token: str | bytes) -> User:
        return User("u", "e", expires_at=self.expires_at)


async def nothing(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": json.dumps(scope["subprotocols"])})
    await send({"type": "websocket.close", "code": 1000})


class TestMessages:
    """Every message, for what no client of good manners sends."""

    def sent(
        self, verifier: TokenVerifier, subprotocols: list[str], headers: Any = ()
    ) -> list[Message]:
        scope = scope_of("websocket", "/", headers)
        scope["subprotocols"] = subprotocols
        return run(GatepassMiddleware(nothing, verifier=verifier), scope, [])

    def test_accepted(self, verifier: TokenVerifier) -> None:
        sent = self.sent(verifier, ["gatepass", f"bearer.{GOOD}", "x"])
        assert sent[0] == {"type": "websocket.accept", "subprotocol": "gatepass"}
        assert sent[1]["text"] == '["x"]'

    def test_with_a_header_nothing_is_answered(self, verifier: TokenVerifier) -> None:
        sent = self.sent(verifier, ["x"], bearer(GOOD))
        assert sent[0] == {"type": "websocket.accept"}

    @pytest.mark.parametrize(
        "subprotocols",
        [
            [f"bearer.{GOOD}"],
            ["gatepass"],
            ["gatepass", GOOD],
            ["gatepass", "bearer."],
            ["gatepass", f"Bearer.{GOOD}"],
            ["Gatepass", f"bearer.{GOOD}"],
            ["gatepass", f"bearer.{GOOD}", f"bearer.{GOOD}"],
            ["gatepass", f"bearer.{GOOD}", "bearer."],
            ["gatepass", f"bearer.{mint(HEADER, claims(), STRANGER)}"],
            ["gatepass", f"bearer.{mint(HEADER, claims(iat=NOW - 9, exp=NOW - 6), SINGLE)}"],
            ["gatepass", f"bearer. {GOOD} x"],
        ],
    )
    def test_refused(self, verifier: TokenVerifier, subprotocols: list[str]) -> None:
        assert self.sent(verifier, subprotocols) == [{"type": "websocket.close", "code": 1008}]

    def test_a_header_besides_is_several(self, verifier: TokenVerifier) -> None:
        sent = self.sent(verifier, ["gatepass", f"bearer.{GOOD}"], bearer(GOOD))
        assert sent == [{"type": "websocket.close", "code": 1008}]

    def test_on_an_http_request_it_is_nothing(self, verifier: TokenVerifier) -> None:
        scope = scope_of("http", "/", [])
        scope["subprotocols"] = ["gatepass", f"bearer.{GOOD}"]
        assert run(GatepassMiddleware(nothing, verifier=verifier), scope, [])[0]["status"] == 401

    def test_on_a_public_path_the_token_is_hidden_too(self, verifier: TokenVerifier) -> None:
        scope = scope_of("websocket", "/", [])
        scope["subprotocols"] = ["gatepass", f"bearer.{GOOD}"]
        gate = GatepassMiddleware(nothing, verifier=verifier, public_paths=["/"])
        assert [m.get("text") for m in run(gate, scope, [])] == [None, "[]", None]

    @pytest.mark.parametrize(
        ("answer", "after"),
        [
            ("websocket.accept", ["websocket.accept", "websocket.close"]),
            ("websocket.close", ["websocket.close"]),
            ("websocket.http.response.start", ["websocket.http.response.start"]),
        ],
    )
    def test_the_end_waits_for_the_application_to_accept(
        self, answer: str, after: list[str]
    ) -> None:
        async def late(_scope: Scope, _receive: Receive, send: Send) -> None:
            await asyncio.sleep(0.02)
            await send({"type": answer})
            await asyncio.sleep(0.02)

        gate = GatepassMiddleware(late, verifier=Everyone(-1))
        sent = run(gate, scope_of("websocket", "/", bearer("x")), [])
        assert [message["type"] for message in sent] == after
        assert sent[-1].get("code") == (4401 if len(after) == 2 else None)

    def test_no_task_is_left_behind(self) -> None:
        async def call() -> int:
            async def send(_message: Message) -> None: ...
            async def receive() -> Message:
                return {}

            scope = scope_of("websocket", "/", bearer("x"))
            await GatepassMiddleware(nothing, verifier=Everyone(999))(scope, receive, send)
            await asyncio.sleep(0)
            return len(asyncio.all_tasks())

        assert asyncio.run(call()) == 1
