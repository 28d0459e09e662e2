"""The WSGI gate: the same vectors, attacks and rules as the ASGI one; Flask and Django."""

import json
import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import flask
import pytest
from asgi_client import ask as ask_asgi
from authorization_values import GOOD, NO_BEARER_TOKEN, NOT_A_TOKEN
from wsgi_client import ask, environ_of, run

from contract.mint import HEADER, mint
from contract.vector_builder import CLAIMS, NOW, SINGLE, STRANGER, SUB, claims
from gatepass import (
    ConfigurationError,
    GatepassMiddleware,
    KeyRing,
    TokenError,
    TokenVerifier,
    User,
    testing,
    under,
)
from gatepass.wsgi import (
    Environ,
    GatepassWSGIMiddleware,
    StartResponse,
    WSGIApp,
    optional_user,
    protect,
)

TOKENS = json.loads((Path(__file__).resolve().parents[3] / "contract/tokens.json").read_text())
FORGED = mint(HEADER, CLAIMS, STRANGER)
EXPIRED = mint(HEADER, claims(iat=NOW - 7200, exp=NOW - 3600), SINGLE)
ENVIRON = {"BETTER_AUTH_SECRET": SINGLE}
ORIGIN = "http://localhost:3000"
ASKING = [(b"origin", ORIGIN.encode())]


def bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {token}".encode(errors="surrogatepass"))]


def whoami(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    user = environ.get("gatepass.user")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(None if user is None else [user.id, user.email]).encode()]


def gate(verifier: TokenVerifier, **arguments: Any) -> WSGIApp:
    return GatepassWSGIMiddleware(whoami, verifier=verifier, **arguments)


VERIFIERS = {
    name: TokenVerifier(
        KeyRing.from_env(environ), leeway=TOKENS["leeway"], clock=lambda: float(TOKENS["now"])
    )
    for name, environ in TOKENS["secrets"].items()
}


# White space around a header's value is no part of the token.
VECTORS = [row for row in TOKENS["vectors"] if row["token"] == row["token"].strip(" \t")]


@pytest.mark.parametrize("row", VECTORS, ids=[row["name"] for row in VECTORS])
def test_golden_token(row: dict[str, Any]) -> None:
    answer = ask(gate(VERIFIERS[row["key"]]), "/", bearer(row["token"]))
    if row["valid"]:
        assert (answer.status, answer.json()) == (200, [row["user"]["id"], row["user"]["email"]])
    else:
        assert answer.status == 401


class TestProtectedPath:
    def test_anonymous(self, verifier: TokenVerifier) -> None:
        answer = ask(gate(verifier), "/me")
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.json() == {"error_description": "No bearer token was presented"}

    def test_a_good_token(self, verifier: TokenVerifier) -> None:
        assert ask(gate(verifier), "/me", bearer(GOOD)).json() == [SUB, "ada@example.com"]

    @pytest.mark.parametrize(
        ("token", "what"), [(FORGED, "The token is invalid"), (EXPIRED, "The token expired")]
    )
    def test_a_bad_token(self, verifier: TokenVerifier, token: str, what: str) -> None:
        answer = ask(gate(verifier), "/me", bearer(token))
        assert answer.json() == {"error": "invalid_token", "error_description": what}
        assert f'error_description="{what}"' in answer.headers["www-authenticate"]

    @pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"])
    def test_every_method_needs_a_token(self, verifier: TokenVerifier, method: str) -> None:
        assert ask(gate(verifier), "/me", method=method).status == 401

    @pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
    def test_the_scheme_has_no_case(self, verifier: TokenVerifier, scheme: bytes) -> None:
        value = scheme + b"  " + GOOD.encode() + b" "
        assert ask(gate(verifier), "/", [(b"authorization", value)]).status == 200

    @pytest.mark.parametrize("value", [*NO_BEARER_TOKEN, *NOT_A_TOKEN])
    def test_no_token(self, verifier: TokenVerifier, value: bytes) -> None:
        assert ask(gate(verifier), "/", [(b"authorization", value)]).status == 401

    @pytest.mark.parametrize("values", [(GOOD, GOOD), (GOOD, FORGED), (FORGED, GOOD), (GOOD, "")])
    def test_several_headers(self, verifier: TokenVerifier, values: tuple[str, ...]) -> None:
        headers = [header for value in values for header in bearer(value)]
        assert ask(gate(verifier), "/", headers).status == 401

    def test_a_value_that_is_not_latin_1(self, verifier: TokenVerifier) -> None:
        environ = environ_of("/") | {"HTTP_AUTHORIZATION": f"Bearer {GOOD}\u20ac"}
        assert run(gate(verifier), environ).status == 401

    @pytest.mark.parametrize(
        "name", [b"x-authorization", b"proxy-authorization", b"gatepass.user", b"gatepass-user"]
    )
    def test_no_other_header_counts(self, verifier: TokenVerifier, name: bytes) -> None:
        assert ask(gate(verifier), "/", [(name, f"Bearer {GOOD}".encode())]).status == 401


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "/health/",
            "//health",
            "/./health",
            "/Health",
            "/health ",
            "/health\0",
            "/x",
            "",
            "health",
        ],
    )
    def test_only_the_exact_path_is_open(self, verifier: TokenVerifier, path: str) -> None:
        app = gate(verifier, public_paths=["/health"])
        assert ask(app, "/health", bearer(FORGED)).json() is None
        assert ask(app, path).status == 401

    def test_a_path_beyond_ascii(self, verifier: TokenVerifier) -> None:
        assert ask(gate(verifier, public_paths=["/é"]), "/é").status == 200

    def test_only_these(self, verifier: TokenVerifier) -> None:
        app = gate(verifier, protected_paths=[under("/api")])
        assert ask(app, "/").status == 200
        for path in ("/api", "/api/x", "//api/x", "/x/../api", ""):
            assert ask(app, path).status == 401

    def test_script_name_does_not_count(self, verifier: TokenVerifier) -> None:
        app = gate(verifier, public_paths=["/health"])
        assert run(app, environ_of("/health") | {"SCRIPT_NAME": "/api"}).status == 200
        assert run(app, environ_of("/api/health") | {"SCRIPT_NAME": "/api"}).status == 401

    def test_what_can_never_match(self, verifier: TokenVerifier) -> None:
        with pytest.raises(ConfigurationError, match="public_paths"):
            gate(verifier, public_paths=["/x/<int:id>"])

    def test_rules_that_come_one_by_one(self) -> None:
        only: Any = map(under, ["/api"])
        app = protect(whoami, only=only, environ=ENVIRON)
        assert ask(app, "/").status == 200
        assert ask(app, "/api/x").status == 401
        with pytest.raises(ConfigurationError, match="protected_paths is empty"):
            protect(whoami, only=only, environ=ENVIRON)  # it was read above

    def test_an_async_rule(self, verifier: TokenVerifier) -> None:
        async def later(_method: str, _path: str) -> bool:
            return False

        with pytest.raises(ConfigurationError, match=r"^public_paths: .* is async"):
            gate(verifier, public_paths=[later])

    def test_no_verifier(self) -> None:
        with pytest.raises(ConfigurationError, match="pass a TokenVerifier"):
            GatepassWSGIMiddleware(whoami, verifier=None)  # type: ignore[arg-type]


class TestVerifierOfAnotherKind:
    def test_async_is_refused_at_once(self) -> None:
        class Later:
            async def verify(self, _token: str | bytes) -> User:
                raise TokenError

        with pytest.raises(ConfigurationError, match="verify is async"):
            GatepassWSGIMiddleware(whoami, verifier=Later())  # type: ignore[arg-type]

    @pytest.mark.parametrize("answer", [False, True, None, "ada", object()])
    def test_only_a_user_is_let_in(self, answer: object) -> None:
        class Answering:
            def verify(self, _token: str | bytes) -> Any:
                return answer

        with pytest.raises(TypeError, match="instead of a User"):
            ask(GatepassWSGIMiddleware(whoami, verifier=Answering()), "/", bearer("x"))


class TestRefusals:
    def test_on_error(self, verifier: TokenVerifier) -> None:
        def on_error(environ: Environ, error: TokenError) -> WSGIApp:
            def answer(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
                start_response("418 No", [])
                return [f"{environ['PATH_INFO']} {error.reason}".encode()]

            return answer

        answer = ask(gate(verifier, on_error=on_error), "/x", bearer(FORGED))
        assert (answer.status, answer.body) == (418, b"/x bad_signature")

    def test_one_that_breaks_when_it_has_begun_is_begun_anew(self, verifier: TokenVerifier) -> None:
        """As PEP 3333 has it, with ``exc_info``: without it servers refuse a second answer."""

        def on_error(_environ: Environ, _error: TokenError) -> WSGIApp:
            def answer(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
                start_response("418 No", [])
                raise ValueError

            return answer

        heads: list[tuple[Any, ...]] = []
        app = gate(verifier, on_error=on_error)
        app(environ_of("/"), lambda *head: heads.append(head))
        [begun, (status, _, (kind, _, _))] = heads
        assert (begun[0], status, kind) == ("418 No", "401 Unauthorized", ValueError)

    @pytest.mark.parametrize("on_error", [lambda: None, lambda _environ, _error: None])
    def test_a_broken_one_never_makes_it_a_500(
        self, verifier: TokenVerifier, on_error: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        heads: list[tuple[Any, ...]] = []
        gate(verifier, on_error=on_error)(environ_of("/"), lambda *head: heads.append(head))
        [(status, _)] = heads  # the first answer there is
        assert status == "401 Unauthorized"
        assert "on_error failed" in caplog.text

    def test_each_is_logged(
        self, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        ask(gate(verifier), "/me", bearer(FORGED))
        assert [each.message for each in caplog.records] == ["refused 'GET' '/me': bad_signature"]

    def test_an_error_of_the_application_is_its_own(self, verifier: TokenVerifier) -> None:
        def broken(_environ: Environ, _start_response: StartResponse) -> Iterable[bytes]:
            raise TokenError

        with pytest.raises(TokenError):
            ask(GatepassWSGIMiddleware(broken, verifier=verifier), "/", bearer(GOOD))

    def test_revoked(self, verifier: TokenVerifier) -> None:
        for revoked, status in ((True, 401), (False, 200)):
            app = gate(verifier, is_revoked=lambda _user, revoked=revoked: revoked)
            assert ask(app, "/", bearer(GOOD)).status == status

    @pytest.mark.parametrize("name", ["is_revoked", "on_error"])
    def test_no_function_that_can_be_asked(self, verifier: TokenVerifier, name: str) -> None:
        async def later(*_: object) -> bool:
            return False

        class Later:
            async def __call__(self, *_: object) -> bool:
                return False

        for hook in ("yes", later, Later()):
            with pytest.raises(ConfigurationError, match=f"^{name} is"):
                gate(verifier, **{name: hook})


class TestOptionalUser:
    @pytest.fixture
    def app(self, verifier: TokenVerifier) -> WSGIApp:
        def articles(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            user = optional_user(environ)
            start_response("200 OK", [])
            return [b"null" if user is None else json.dumps(user.id).encode()]

        return GatepassWSGIMiddleware(articles, verifier=verifier, public_paths=["/open"])

    def test_it(self, app: WSGIApp) -> None:
        assert ask(app, "/open").json() is None
        assert ask(app, "/open", bearer(GOOD)).json() == SUB
        assert ask(app, "/closed", bearer(GOOD)).json() == SUB
        with pytest.raises(TokenError):
            ask(app, "/open", bearer(FORGED))


class TestFlask:
    @pytest.fixture
    def app(self) -> flask.Flask:
        app = flask.Flask(__name__)

        @app.get("/health")
        def health() -> str:
            return "ok"

        @app.route("/me", methods=["GET", "PUT"])
        def me() -> str:
            user: User = flask.request.environ["gatepass.user"]
            return user.id

        protect(app, public=["/health"], cors_origins=[ORIGIN], environ=ENVIRON)
        return app

    def headers(self) -> dict[str, str]:
        return testing.bearer(testing.mint("ada", keys=KeyRing.single(SINGLE)))

    def test_anonymous(self, app: flask.Flask) -> None:
        client = app.test_client()
        assert client.get("/health").status_code == 200
        for path in ("/me", "/", "/nowhere", "//me", "/static/x"):
            assert client.get(path).status_code == 401, path

    def test_a_good_token(self, app: flask.Flask) -> None:
        assert app.test_client().get("/me", headers=self.headers()).text == "ada"

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_preflight(self, app: flask.Flask, method: str) -> None:
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": method}
        answer = app.test_client().options("/me", headers=asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert method in answer.headers["access-control-allow-methods"]
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers

    def test_a_401_can_be_read(self, app: flask.Flask) -> None:
        answer = app.test_client().get("/me", headers={"Origin": ORIGIN})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["vary"] == "Origin"

    def test_another_origin(self, app: flask.Flask) -> None:
        asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}
        preflight = app.test_client().options("/me", headers=asked)
        assert preflight.status_code == 403
        answer = app.test_client().get("/me", headers={"Origin": "http://evil.example"})
        for each in (preflight, answer):
            assert "access-control-allow-origin" not in each.headers

    @pytest.mark.parametrize("method", ["DELETE", "GET", "PUT"])
    def test_a_request_that_looks_like_a_preflight_is_none(
        self, app: flask.Flask, method: str
    ) -> None:
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": method}
        assert app.test_client().open("/me", method=method, headers=asked).status_code == 401

    @pytest.mark.parametrize(
        "headers", [{}, {"Origin": ORIGIN}, {"Access-Control-Request-Method": "GET"}]
    )
    def test_options_that_are_no_preflight_are_no_way_in(
        self, app: flask.Flask, headers: dict[str, str]
    ) -> None:
        assert app.test_client().options("/me", headers=headers).status_code == 401


def test_django() -> None:
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    def me(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.META["gatepass.user"].id)

    settings.configure(
        SECRET_KEY="only-of-this-test", ROOT_URLCONF=(path("me", me),), ALLOWED_HOSTS=["*"]
    )
    django.setup()
    app = protect(get_wsgi_application(), environ=ENVIRON)
    token = testing.mint("ada", keys=KeyRing.single(SINGLE), issued_at=int(time.time()))
    assert ask(app, "/me").status == 401
    assert ask(app, "/me", bearer(token)).body == b"ada"

    # The other way to serve it puts a root_path of its own in front, behind the gate.
    settings.FORCE_SCRIPT_NAME = "/app"
    served = GatepassMiddleware(
        get_asgi_application(),
        verifier=TokenVerifier(KeyRing.single(SINGLE)),
        protected_paths=["/me"],
    )
    for prefix in ("", "/app"):
        assert ask_asgi(served, f"{prefix}/me").status == 401
