"""What a refusal leaves: a 401 whatever on_error does, a line in the log, and revocation."""

import logging
from typing import Any

import pytest
from asgi_client import ask, bearer, run, scope_of
from authorization_values import GOOD
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from contract.mint import HEADER, mint
from contract.vector_builder import CLAIMS, NOW, SINGLE, STRANGER, SUB, claims
from gatepass import ConfigurationError, GatepassMiddleware, TokenError, TokenVerifier, User
from gatepass.middleware import ASGIApp, Receive, Scope, Send

FORGED = mint(HEADER, CLAIMS, STRANGER)
EXPIRED = mint(HEADER, claims(iat=NOW - 7200, exp=NOW - 3600), SINGLE)


def gate(verifier: TokenVerifier, **arguments: Any) -> ASGIApp:
    async def ok(_request: object) -> PlainTextResponse:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", ok)])
    return GatepassMiddleware(app, verifier=verifier, **arguments)


async def breaks_before(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("before")


async def breaks_after(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    raise RuntimeError("after")


def fails(_scope: Scope, _error: TokenError) -> ASGIApp:
    raise RuntimeError("on_error")


async def fails_later(_scope: Scope, _error: TokenError) -> ASGIApp:
    raise RuntimeError("on_error")


class TestOnError:
    def test_async(self, verifier: TokenVerifier) -> None:
        async def on_error(_scope: Scope, error: TokenError) -> ASGIApp:
            return PlainTextResponse(error.reason, status_code=418)

        answer = ask(gate(verifier, on_error=on_error), "/", bearer(FORGED))
        assert (answer.status, answer.body) == (418, b"bad_signature")

    @pytest.mark.parametrize(
        "on_error",
        [
            fails,
            fails_later,
            lambda _scope, _error: breaks_before,
            lambda _scope, _error: None,
            lambda: None,
            lambda _scope, _error: "no",
        ],
    )
    def test_a_broken_one_never_makes_it_a_500(
        self, verifier: TokenVerifier, on_error: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = ask(gate(verifier, on_error=on_error), "/", bearer(FORGED))
        assert answer.status == 401
        assert answer.json()["error"] == "invalid_token"
        (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert record.exc_info
        assert "on_error failed" in record.message

    def test_an_answer_that_has_begun_is_not_begun_again(self, verifier: TokenVerifier) -> None:
        with pytest.raises(RuntimeError, match="after"):
            ask(gate(verifier, on_error=lambda _scope, _error: breaks_after), "/")


class TestLog:
    @pytest.mark.parametrize(
        ("headers", "level", "reason"),
        [
            ((), "INFO", "missing_token"),
            (bearer(EXPIRED), "INFO", "expired"),
            (bearer(FORGED), "WARNING", "bad_signature"),
            ([*bearer(GOOD), *bearer(GOOD)], "WARNING", "several_authorization_headers"),
        ],
    )
    def test_each_refusal_is_one_line_with_its_reason(
        self,
        verifier: TokenVerifier,
        caplog: pytest.LogCaptureFixture,
        headers: Any,
        level: str,
        reason: str,
    ) -> None:
        caplog.set_level(logging.INFO)
        ask(gate(verifier), "/me", headers)
        (record,) = caplog.records
        assert (record.name, record.levelname) == ("gatepass", level)
        assert record.message == f"refused 'GET' '/me': {reason}"
        assert vars(record)["reason"] == reason

    def test_a_socket_too(self, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        scope = scope_of("websocket", "/", [])
        scope["subprotocols"] = ["gatepass", f"bearer.{FORGED}"]
        run(gate(verifier), scope, [])
        assert "bad_signature" in caplog.text
        assert FORGED not in caplog.text

    def test_it_holds_neither_token_nor_query_nor_line_breaks(
        self, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        scope = scope_of("http", "/x\nFAKE é" + "y" * 900, bearer(FORGED))
        scope["query_string"] = f"token={FORGED}".encode()
        run(gate(verifier), scope, [])
        (record,) = caplog.records
        assert FORGED not in record.message
        assert record.message.isascii()
        assert "\n" not in record.message
        assert len(record.message) < 400

    def test_it_holds_no_more_of_method_and_path_than_tells_them_apart(
        self, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        scope = scope_of("http", "/" + "y" * 900, [])
        scope["method"] = "M" * 900
        run(gate(verifier), scope, [])
        (record,) = caplog.records
        assert record.message == f"refused '{'M' * 20}' '/{'y' * 199}': missing_token"

    def test_the_admitted_are_not_logged(
        self, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        ask(gate(verifier), "/", bearer(GOOD))
        assert caplog.records == []


class TestRevocation:
    def test_revoked(self, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture) -> None:
        asked: list[User] = []

        async def is_revoked(user: User) -> bool:
            asked.append(user)
            return user.issued_at <= NOW

        answer = ask(gate(verifier, is_revoked=is_revoked), "/", bearer(GOOD))
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
        assert [user.id for user in asked] == [SUB]
        assert "revoked" in caplog.text

    @pytest.mark.parametrize(("revoked", "status"), [(True, 401), (False, 200)])
    def test_without_waiting(self, verifier: TokenVerifier, revoked: bool, status: int) -> None:
        app = gate(verifier, is_revoked=lambda _user: revoked)
        assert ask(app, "/", bearer(GOOD)).status == status

    @pytest.mark.parametrize("name", ["is_revoked", "on_error"])
    def test_no_function(self, verifier: TokenVerifier, name: str) -> None:
        with pytest.raises(ConfigurationError, match=f"^{name} is"):
            gate(verifier, **{name: "yes"})

    def test_not_revoked(self, verifier: TokenVerifier) -> None:
        async def is_revoked(_user: User) -> bool:
            return False

        assert ask(gate(verifier, is_revoked=is_revoked), "/", bearer(GOOD)).status == 200

    def test_only_holders_of_a_good_pass_are_looked_up(self, verifier: TokenVerifier) -> None:
        async def is_revoked(_user: User) -> bool:
            raise AssertionError

        app = gate(verifier, is_revoked=is_revoked)
        for headers in ((), bearer(FORGED), bearer(EXPIRED)):
            assert ask(app, "/", headers).status == 401

    def test_an_outage_lets_nobody_in_and_signs_nobody_out(self, verifier: TokenVerifier) -> None:
        async def is_revoked(_user: User) -> bool:
            raise ConnectionError("the store is away")

        with pytest.raises(ConnectionError):
            ask(gate(verifier, is_revoked=is_revoked), "/", bearer(GOOD))

    def test_sockets(self, verifier: TokenVerifier) -> None:
        async def is_revoked(_user: User) -> bool:
            return True

        scope = scope_of("websocket", "/", bearer(GOOD))
        sent = run(gate(verifier, is_revoked=is_revoked), scope, [])
        assert sent == [{"type": "websocket.close", "code": 1008}]
