"""protect: one call, gate and CORS in the right order, from the environment."""

from typing import Any

import pytest
from asgi_client import ask
from authorization_values import GOOD
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route

from contract.vector_builder import SINGLE
from gatepass import ConfigurationError, KeyRing, TokenVerifier, protect, testing, under
from gatepass.fastapi import CurrentUser

ENVIRON = {"BETTER_AUTH_SECRET": SINGLE}
ORIGIN = "http://localhost:3000"
ASKING = [(b"origin", ORIGIN.encode())]
PASS = [(b"authorization", f"Bearer {testing.mint('ada', keys=KeyRing.single(SINGLE))}".encode())]


def app_with(**arguments: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    @app.get("/x/health")
    async def health() -> str:
        return "ok"

    @app.get("/me")
    async def me(user: CurrentUser) -> str:
        return user.id

    protect(app, **{"environ": ENVIRON, **arguments})
    return app


class TestGate:
    def test_anonymous(self) -> None:
        app = app_with(public=["/health"])
        assert ask(app, "/health").status == 200
        assert ask(app, "/me").status == ask(app, "/docs").status == 401

    def test_a_good_token(self) -> None:
        assert ask(app_with(), "/me", PASS).json() == "ada"

    def test_only_these(self) -> None:
        app = app_with(only=["/me", under("/x")], public=["/x/health"])
        assert ask(app, "/docs").status == ask(app, "/x/health").status == 200
        assert ask(app, "/me").status == ask(app, "/x/y").status == 401

    def test_another_verifier(self, verifier: TokenVerifier) -> None:
        app = app_with(verifier=verifier, environ={})
        assert ask(app, "/me", [(b"authorization", f"Bearer {GOOD}".encode())]).status == 200

    @pytest.mark.parametrize(
        ("environ", "said"),
        [
            ({}, "BETTER_AUTH_SECRET is not set"),
            ({"BETTER_AUTH_SECRET": "short"}, "BETTER_AUTH_SECRET has 5 characters"),
            (ENVIRON | {"JWT_LEEWAY": "nan"}, "JWT_LEEWAY is 'nan'"),
            (ENVIRON | {"CORS_ORIGINS": "*"}, r"CORS_ORIGINS: '\*'"),
        ],
    )
    def test_a_wrong_environment_names_the_variable(
        self, environ: dict[str, str], said: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=said):
            app_with(environ=environ)

    @pytest.mark.parametrize(
        "origin",
        [
            *("https://a.example:443", "http://a:80", "http://a:99999", "http://[::::]"),
            *("http://a.example/", "http://A.example", "ftp://a.example", "a.example", "null"),
            *("http://a.example:", "http://u@a.example", "http://a.example?", "http://"),
        ],
    )
    def test_an_origin_that_no_browser_sends(self, origin: str) -> None:
        with pytest.raises(ConfigurationError, match="is not what a browser sends"):
            app_with(cors_origins=[origin])

    @pytest.mark.parametrize(
        "origin", ["http://my_host:3000", "https://[::1]:8443", "http://a:443"]
    )
    def test_an_origin_that_browsers_send(self, origin: str) -> None:
        app_with(cors_origins=[origin])

    def test_starlette(self) -> None:
        async def me(request: Any) -> Any:
            raise AssertionError

        app = Starlette(routes=[Route("/me", me)])
        protect(app, cors_origins=[ORIGIN], environ=ENVIRON)
        assert ask(app, "/me", ASKING).headers["access-control-allow-origin"] == ORIGIN


class TestRulesThatComeOneByOne:
    """Any iterable is a collection: what it holds counts, however often it is read."""

    def test_only_these(self) -> None:
        app = app_with(only=map(under, ["/me", "/x"]), public=map(str, ["/x/health"]))
        assert ask(app, "/docs").status == ask(app, "/x/health").status == 200
        assert ask(app, "/me").status == ask(app, "/x/y").status == 401

    def test_public(self) -> None:
        app = app_with(public=(path for path in ["/health"]))
        assert ask(app, "/health").status == 200
        assert ask(app, "/me").status == 401

    def test_none(self) -> None:
        with pytest.raises(ConfigurationError, match="protected_paths is empty"):
            app_with(only=map(under, []))

    @pytest.mark.parametrize("name", ["public", "only"])
    def test_one_string(self, name: str) -> None:
        with pytest.raises(TypeError, match="is a collection of paths"):
            app_with(**{name: "/health"})

    def test_origins(self) -> None:
        app = app_with(cors_origins=(origin for origin in [ORIGIN]))
        assert ask(app, "/me", ASKING).headers["access-control-allow-origin"] == ORIGIN

    def test_what_is_changed_later_does_not_count(self) -> None:
        only = ["/me"]
        app = app_with(only=only)
        only.clear()
        assert ask(app, "/me").status == 401


class TestAnyApplication:
    def test_it_is_wrapped(self) -> None:
        async def plain(scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["gatepass.user"].id.encode()})

        app = protect(plain, cors_origins=[ORIGIN], environ=ENVIRON)
        assert ask(app, "/", PASS).body == b"ada"
        answer = ask(app, "/", ASKING)
        assert answer.status == 401
        assert answer.headers["access-control-allow-origin"] == ORIGIN

    def test_a_wrong_rule_is_refused_at_once(self) -> None:
        with pytest.raises(ConfigurationError, match="public_paths"):
            app_with(public=["health"])


class TestCors:
    @pytest.mark.parametrize(
        "arguments",
        [
            {"cors_origins": [ORIGIN]},
            {"environ": ENVIRON | {"CORS_ORIGINS": f" {ORIGIN}, https://x.example"}},
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_preflight(self, arguments: dict[str, Any], method: str) -> None:
        headers = [
            *ASKING,
            (b"access-control-request-method", method.encode()),
            (b"access-control-request-headers", b"authorization,content-type"),
        ]
        answer = ask(app_with(**arguments), "/me", headers, "OPTIONS")
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert method in answer.headers["access-control-allow-methods"]
        assert "authorization" in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers

    def test_a_401_can_be_read(self) -> None:
        answer = ask(app_with(cors_origins=[ORIGIN]), "/me", ASKING)
        assert answer.status == 401
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]

    def test_another_origin(self) -> None:
        headers = [(b"origin", b"http://evil.example")]
        answer = ask(app_with(cors_origins=[ORIGIN]), "/me", headers)
        assert "access-control-allow-origin" not in answer.headers

    def test_by_default_none(self) -> None:
        assert "access-control-allow-origin" not in ask(app_with(), "/me", ASKING).headers

    def test_one_string(self) -> None:
        with pytest.raises(TypeError, match="cors_origins is a collection"):
            app_with(cors_origins=ORIGIN)

    @pytest.mark.parametrize(
        "origin",
        ["*", "http://*.x", "localhost:3000", f"{ORIGIN}/", "null", "", "HTTP://X", "http://é.x"],
    )
    def test_no_origin(self, origin: str) -> None:
        with pytest.raises(ConfigurationError, match="CORS_ORIGINS"):
            app_with(cors_origins=[origin])

    @pytest.mark.parametrize("origin", ["https://x.example", "http://[::1]:3000"])
    def test_origins(self, origin: str) -> None:
        answer = ask(app_with(cors_origins=[origin]), "/me", [(b"origin", origin.encode())])
        assert answer.headers["access-control-allow-origin"] == origin
