"""The gate in front of tiny applications: who gets in, and what the others are told."""

from typing import Any

import pytest
from asgi_client import Headers, ask, bearer, run, scope_of
from authorization_values import GOOD, NO_BEARER_TOKEN, NOT_A_TOKEN
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from contract.mint import HEADER, mint
from contract.vector_builder import CLAIMS, NOW, SINGLE, STRANGER, SUB, claims
from gatepass import (
    ConfigurationError,
    GatepassMiddleware,
    TokenError,
    TokenVerifier,
    User,
    www_authenticate,
)
from gatepass.errors import ExpiredToken, InvalidToken, MissingToken
from gatepass.middleware import ASGIApp, Receive, Scope, Send

EXPIRED = mint(HEADER, claims(iat=NOW - 7200, exp=NOW - 3600), SINGLE)
FORGED = mint(HEADER, CLAIMS, STRANGER)

INVALID = 'Bearer error="invalid_token", error_description="The token is invalid"'
TOO_LATE = 'Bearer error="invalid_token", error_description="The token expired"'


async def whoami(request: Request) -> JSONResponse:
    user = request.scope.get("gatepass.user")
    return JSONResponse(None if user is None else {"id": user.id, "email": user.email})


async def health(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.scope["gatepass.user"].id)
    await websocket.close()


@pytest.fixture
def app(verifier: TokenVerifier) -> ASGIApp:
    inner = Starlette(
        routes=[
            Route("/me", whoami),
            Route("/health", health),
            Route("/public-whoami", whoami),
            Mount("/sub", routes=[Route("/health", health)]),
            WebSocketRoute("/echo", echo),
        ]
    )
    return GatepassMiddleware(
        inner, verifier=verifier, public_paths=["/health", "/public-whoami", "/open", "/slash/"]
    )


class TestProtectedPath:
    def test_anonymous(self, app: ASGIApp) -> None:
        answer = ask(app, "/me")
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.json() == {"error_description": "No bearer token was presented"}

    def test_a_good_token(self, app: ASGIApp) -> None:
        answer = ask(app, "/me", bearer(GOOD))
        assert (answer.status, answer.json()) == (200, {"id": SUB, "email": "ada@example.com"})

    @pytest.mark.parametrize(
        ("token", "told"), [(FORGED, INVALID), ("rubbish", INVALID), (EXPIRED, TOO_LATE)]
    )
    def test_a_bad_token(self, app: ASGIApp, token: str, told: str) -> None:
        answer = ask(app, "/me", bearer(token))
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == told
        what = "The token expired" if told == TOO_LATE else "The token is invalid"
        assert answer.json() == {"error": "invalid_token", "error_description": what}

    @pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
    def test_every_method_needs_a_token(self, app: ASGIApp, method: str) -> None:
        assert ask(app, "/me", method=method).status == 401

    @pytest.mark.parametrize("path", ["/", "", "/nowhere", "/docs", "/openapi.json", "*"])
    def test_a_path_that_nobody_thought_of_is_closed(self, app: ASGIApp, path: str) -> None:
        assert ask(app, path).status == 401

    def test_a_stranger_cannot_bring_a_user_along(self, app: ASGIApp) -> None:
        assert ask(app, "/me", [(b"gatepass.user", b"admin")]).status == 401


class TestPublicPath:
    def test_anonymous(self, app: ASGIApp) -> None:
        assert ask(app, "/health").body == b"ok"

    def test_a_bad_token_is_not_even_looked_at(self, app: ASGIApp) -> None:
        assert ask(app, "/health", bearer(FORGED)).status == 200

    def test_a_good_token_gives_no_user_there(self, app: ASGIApp) -> None:
        assert ask(app, "/public-whoami", bearer(GOOD)).json() is None

    @pytest.mark.parametrize(
        "path",
        [
            "/health/",
            "//health",
            "/health//",
            "/./health",
            "/health/.",
            "/health/..",
            "/x/../health",
            "/Health",
            "/HEALTH",
            "/health ",
            " /health",
            "/health\0",
            "/health\n",
            "/health;x=1",
            "/health?x",
            "/health#x",
            "/health%2f",
            "/health%2f..",
            "/%68ealth",
            "/healthz",
            "/heal",
            "/sub/health",
            "/health/me",
            "health",
            "\\health",
            "/\uff48ealth",
            "/open/me",
            "/slash",
        ],
    )
    def test_only_the_exact_path_is_open(self, app: ASGIApp, path: str) -> None:
        assert ask(app, path).status == 401

    def test_none_by_default(self, verifier: TokenVerifier) -> None:
        gate = GatepassMiddleware(Starlette(routes=[Route("/", health)]), verifier=verifier)
        assert ask(gate, "/").status == 401

    def test_everything_is_named(self, verifier: TokenVerifier) -> None:
        with pytest.raises(TypeError):
            GatepassMiddleware(Starlette(), verifier)  # type: ignore[call-arg]

    @pytest.mark.parametrize("verifier", [None, "secret", print])
    def test_no_verifier(self, verifier: Any) -> None:
        with pytest.raises(ConfigurationError, match="pass a TokenVerifier"):
            GatepassMiddleware(Starlette(), verifier=verifier)

    def test_one_string_is_a_mistake_that_names_the_fix(self, verifier: TokenVerifier) -> None:
        with pytest.raises(TypeError, match=r"public_paths.*\[\"/health\"\]"):
            GatepassMiddleware(Starlette(), verifier=verifier, public_paths="/health")


class TestAuthorizationHeader:
    @pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER", b"bEaReR"])
    def test_the_scheme_has_no_case(self, app: ASGIApp, scheme: bytes) -> None:
        assert ask(app, "/me", [(b"authorization", scheme + b" " + GOOD.encode())]).status == 200

    def test_other_headers_do_not_matter(self, app: ASGIApp) -> None:
        others = [
            (b"accept", b"*/*"),
            (b"a", b"Bearer x"),
            (b"cookie", b"x=y"),
            (b"z", b"Bearer x"),
        ]
        assert ask(app, "/me", [*others[:2], *bearer(GOOD), *others[2:]]).status == 200

    def test_several_spaces(self, app: ASGIApp) -> None:
        assert ask(app, "/me", [(b"authorization", b"Bearer   " + GOOD.encode())]).status == 200

    @pytest.mark.parametrize("space", [b" ", b"\t", b" \t "])
    def test_space_that_a_server_left_after_the_value(self, app: ASGIApp, space: bytes) -> None:
        assert (
            ask(app, "/me", [(b"authorization", b"Bearer " + GOOD.encode() + space)]).status == 200
        )

    @pytest.mark.parametrize("value", NO_BEARER_TOKEN)
    def test_no_bearer_token(self, app: ASGIApp, value: bytes) -> None:
        answer = ask(app, "/me", [(b"authorization", value)])
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")

    @pytest.mark.parametrize("value", NOT_A_TOKEN)
    def test_not_a_token(self, app: ASGIApp, value: bytes) -> None:
        answer = ask(app, "/me", [(b"authorization", value)])
        assert (answer.status, answer.headers["www-authenticate"]) == (401, INVALID)

    @pytest.mark.parametrize(
        "values",
        [
            (GOOD, GOOD),
            (GOOD, FORGED),
            (FORGED, GOOD),
            (GOOD, ""),
            ("", GOOD),
            (GOOD, GOOD, GOOD),
        ],
    )
    def test_several_headers(self, app: ASGIApp, values: tuple[str, ...]) -> None:
        headers = [header for value in values for header in bearer(value)]
        answer = ask(app, "/me", headers)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, INVALID)

    def test_bearer_beside_basic(self, app: ASGIApp) -> None:
        headers = [(b"authorization", b"Basic x"), *bearer(GOOD)]
        assert ask(app, "/me", headers).headers["www-authenticate"] == INVALID

    @pytest.mark.parametrize(
        "headers",
        [
            [(b"x-authorization", b"Bearer " + GOOD.encode())],
            [(b"proxy-authorization", b"Bearer " + GOOD.encode())],
            [(b"x-forwarded-authorization", b"Bearer " + GOOD.encode())],
            [(b"cookie", b"authorization=Bearer " + GOOD.encode())],
            [(b"authorization ", b"Bearer " + GOOD.encode())],
        ],
    )
    def test_no_other_header_counts(self, app: ASGIApp, headers: Headers) -> None:
        assert ask(app, "/me", headers).headers["www-authenticate"] == "Bearer"

    def test_a_token_in_the_query_does_not_count(self, app: ASGIApp) -> None:
        scope = scope_of("http", "/me", [])
        scope["query_string"] = b"access_token=" + GOOD.encode()
        assert run(app, scope, [])[0]["status"] == 401


class TestWebSocket:
    def test_anonymous(self, app: ASGIApp) -> None:
        sent = run(app, scope_of("websocket", "/echo", []), [{"type": "websocket.connect"}])
        assert sent == [{"type": "websocket.close", "code": 1008}]

    def test_a_bad_token(self, app: ASGIApp) -> None:
        scope = scope_of("websocket", "/echo", bearer(EXPIRED))
        assert run(app, scope, []) == [{"type": "websocket.close", "code": 1008}]

    def test_a_good_token(self, app: ASGIApp) -> None:
        scope = scope_of("websocket", "/echo", bearer(GOOD))
        sent = run(app, scope, [{"type": "websocket.connect"}])
        assert [message["type"] for message in sent] == [
            "websocket.accept",
            "websocket.send",
            "websocket.close",
        ]
        assert sent[1]["text"] == SUB


class TestOtherScopes:
    def test_lifespan_passes(self, app: ASGIApp) -> None:
        incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        sent = run(app, {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, incoming)
        assert [message["type"] for message in sent] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]

    def test_a_scope_of_the_future_is_closed(self, app: ASGIApp) -> None:
        sent = run(app, scope_of("webtransport", "/me", []), [])
        assert sent[0]["status"] == 401


class Answering:
    """A verifier that takes any token and gives the same answer."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def verify(self, _token: str | bytes) -> Any:
        return self.answer


class AsyncVerifier:
    async def verify(self, _token: str | bytes) -> User:
        raise InvalidToken("bad_signature")


class AsyncCall:
    async def __call__(self, _token: str | bytes) -> User:
        raise InvalidToken("bad_signature")


class AsyncAttribute:
    verify = AsyncCall()


class TestVerifierOfAnotherKind:
    @pytest.mark.parametrize("verifier", [AsyncVerifier(), AsyncAttribute()])
    def test_async_is_refused_at_once(self, verifier: Any) -> None:
        with pytest.raises(ConfigurationError, match="verify is async"):
            GatepassMiddleware(Starlette(), verifier=verifier)

    @pytest.mark.parametrize("answer", [False, True, None, "ada", {"id": "ada"}, object()])
    @pytest.mark.parametrize("kind", ["http", "websocket"])
    def test_only_a_user_is_let_in(self, answer: object, kind: str) -> None:
        """A fault of the wiring, not of the caller: no 401, which would sign people out."""

        async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise AssertionError

        gate = GatepassMiddleware(never, verifier=Answering(answer))
        with pytest.raises(TypeError, match="instead of a User"):
            run(gate, scope_of(kind, "/", bearer("x")), [])

    def test_anonymous_is_refused_all_the_same(self) -> None:
        assert ask(GatepassMiddleware(Starlette(), verifier=Answering(False)), "/").status == 401

    def test_a_user_of_ones_own(self) -> None:
        class Staff(User):
            pass

        inner = Starlette(routes=[Route("/me", whoami)])
        gate = GatepassMiddleware(inner, verifier=Answering(Staff("ada", "ada@example.com")))
        assert ask(gate, "/me", bearer("x")).json() == {"id": "ada", "email": "ada@example.com"}


class TestOnError:
    def test_it_gets_the_scope_and_the_error_and_answers(self, verifier: TokenVerifier) -> None:
        seen: list[tuple[str, str]] = []

        def on_error(scope: Scope, error: TokenError) -> ASGIApp:
            seen.append((scope["path"], error.reason))
            return PlainTextResponse("no", status_code=418)

        gate = GatepassMiddleware(Starlette(), verifier=verifier, on_error=on_error)
        assert ask(gate, "/a").status == 418
        ask(gate, "/b", bearer(FORGED))
        ask(gate, "/c", bearer(EXPIRED))
        ask(gate, "/d", [*bearer(GOOD), *bearer(GOOD)])
        assert seen == [
            ("/a", "missing_token"),
            ("/b", "bad_signature"),
            ("/c", "expired"),
            ("/d", "several_authorization_headers"),
        ]

    def test_an_error_of_the_application_is_not_taken_for_a_refusal(
        self, verifier: TokenVerifier
    ) -> None:
        async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise InvalidToken("bad_claims")

        gate = GatepassMiddleware(broken, verifier=verifier)
        with pytest.raises(InvalidToken):
            ask(gate, "/", bearer(GOOD))

    def test_the_application_is_not_called_when_refused(self, verifier: TokenVerifier) -> None:
        async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise AssertionError

        gate = GatepassMiddleware(never, verifier=verifier)
        assert ask(gate, "/").status == 401
        assert run(gate, scope_of("websocket", "/", []), [])[0]["type"] == "websocket.close"


def test_the_scope_holds_the_user(verifier: TokenVerifier) -> None:
    seen: list[User] = []

    async def look(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["gatepass.user"])

    run(GatepassMiddleware(look, verifier=verifier), scope_of("http", "/", bearer(GOOD)), [])
    assert seen == [User(id=SUB, email="ada@example.com")]


@pytest.mark.parametrize(
    ("error", "value"),
    [(MissingToken(), "Bearer"), (ExpiredToken(1), TOO_LATE), (InvalidToken("bad_sub"), INVALID)],
)
def test_www_authenticate(error: TokenError, value: str) -> None:
    assert www_authenticate(error) == value
