"""Which paths need a pass: rules, what can never match, mounts and root_path."""

import threading
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn
from asgi_client import ask, bearer, scope_of
from authorization_values import GOOD
from fastapi import APIRouter, FastAPI
from litestar import Litestar, get
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gatepass import ConfigurationError, GatepassMiddleware, TokenVerifier, protect, under
from gatepass.middleware import ASGIApp
from gatepass.paths import Access, RoutePaths

STRANGE = [
    "",
    "*",
    "//",
    "//api/me",
    "/api//me",
    "/./api/me",
    "/x/../api/me",
    "/x/..",
    "/x/.",
    "/static/../api/me",
    "/static//x",
    "/static/./x",
    "/static\\..\\api",
    "/static/\0",
    "/static/\n",
    "/static/\x7f",
    "static/x",
]


async def ok(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


@pytest.mark.parametrize("method", ["POST", "post", "Post"])
def test_a_rule_sees_the_method_in_upper_case(verifier: TokenVerifier, method: str) -> None:
    """Flask and Django make it so, behind the gate."""
    app = Starlette(routes=[Route("/x", ok)])
    gate = GatepassMiddleware(app, verifier=verifier, public_paths=[lambda verb, _: verb != "POST"])
    assert ask(gate, "/x", method=method).status == 401


class TestAllBut:
    @pytest.mark.parametrize("path", ["/static", "/static/", "/static/a", "/static/a/b.css"])
    def test_under(self, path: str) -> None:
        assert Access([under("/static")], None).is_public("GET", path)
        assert Access([under("/static/")], None).is_public("GET", path)

    @pytest.mark.parametrize(
        "path", ["/", "/statics", "/stati", "/Static/a", "/a/static", *STRANGE]
    )
    def test_not_under(self, path: str) -> None:
        assert not Access([under("/static")], None).is_public("GET", path)

    def test_all_under_the_root(self) -> None:
        access = Access([under("/")], None)
        assert access.is_public("GET", "/")
        assert access.is_public("GET", "/a")

    def test_a_function_of_method_and_path(self) -> None:
        access = Access([lambda method, path: method == "GET" and path == "/articles"], None)
        assert access.is_public("GET", "/articles")
        assert not access.is_public("POST", "/articles")
        assert not access.is_public("WEBSOCKET", "/articles")

    @pytest.mark.parametrize("path", STRANGE)
    def test_a_function_is_not_asked_about_a_strange_path(self, path: str) -> None:
        assert not Access([lambda _method, _path: True], None).is_public("GET", path)


async def later(_method: str, _path: str) -> bool:
    return False


class Later:
    async def __call__(self, _method: str, _path: str) -> bool:
        return False


async def one_by_one(_method: str, _path: str) -> AsyncIterator[bool]:
    yield False


class TestAFunctionThatSaysNeitherTrueNorFalse:
    @pytest.mark.parametrize("name", ["public_paths", "protected_paths"])
    @pytest.mark.parametrize("rule", [later, Later(), partial(later), partial(Later()), one_by_one])
    def test_async_is_refused_at_once(self, name: str, rule: Any) -> None:
        arguments: dict[str, Any] = {"public_paths": [], "protected_paths": None, name: [rule]}
        with pytest.raises(ConfigurationError, match=f"^{name}: .* is async"):
            Access(**arguments)

    @pytest.mark.parametrize("answer", [None, 0, 1, "", "yes", [], [1], object()])
    def test_another_answer_fails_loudly(self, answer: object) -> None:
        rule: Any = lambda _method, _path: answer  # noqa: E731
        for access in (Access([rule], None), Access([], [rule])):
            with pytest.raises(TypeError, match="True or False"):
                access.is_public("GET", "/x")

    def test_a_coroutine_in_disguise_opens_nothing(self, verifier: TokenVerifier) -> None:
        answer = later("GET", "/x")
        rule: Any = lambda _method, _path: answer  # noqa: E731
        gate = GatepassMiddleware(Starlette(), verifier=verifier, public_paths=[rule])
        with pytest.raises(TypeError, match="True or False"):
            ask(gate, "/x")
        answer.close()


class TestTheseAlone:
    ACCESS = Access(["/api/health"], [under("/api"), "/me"])

    @pytest.mark.parametrize("path", ["/", "/x", "/apis", "/menu", "/api/health"])
    def test_open(self, path: str) -> None:
        assert self.ACCESS.is_public("GET", path)

    @pytest.mark.parametrize("path", ["/api", "/api/", "/api/x", "/me", "/me/", *STRANGE])
    def test_closed(self, path: str) -> None:
        assert not self.ACCESS.is_public("GET", path)

    def test_a_function(self) -> None:
        access = Access([], [lambda method, _path: method != "GET"])
        assert access.is_public("GET", "/x")
        assert not access.is_public("DELETE", "/x")

    def test_the_gate(self, verifier: TokenVerifier) -> None:
        inner = Starlette(routes=[Route("/", ok), Route("/api/me", ok)])
        gate = GatepassMiddleware(inner, verifier=verifier, protected_paths=[under("/api")])
        assert ask(gate, "/").status == 200
        assert ask(gate, "/api/me").status == 401
        assert ask(gate, "/api/me", bearer(GOOD)).status == 200

    def test_none_is_a_mistake(self) -> None:
        nones: list[Any] = [[], (), set(), iter(()), map(under, [])]
        for none in nones:
            with pytest.raises(ConfigurationError, match="protected_paths is empty"):
                Access([], none)


class TestWhatCanNeverMatch:
    @pytest.mark.parametrize("name", ["public_paths", "protected_paths"])
    @pytest.mark.parametrize(
        "rule",
        [
            "health",
            "",
            " /health",
            "/health/*",
            "/*",
            "*",
            "/x/{id}",
            "/x/<int:id>",
            "/health?x=1",
            "/health#x",
            "//health",
            "/x//y",
            "/./x",
            "/x/..",
            "/a%20b",
            "/health\n",
            "http://localhost/health",
            7,
            None,
            b"/health",
        ],
    )
    def test_it_is_refused(self, verifier: TokenVerifier, name: str, rule: Any) -> None:
        arguments: dict[str, Any] = {name: [rule]}
        with pytest.raises(ConfigurationError, match=f"^{name}: ") as caught:
            GatepassMiddleware(Starlette(), verifier=verifier, **arguments)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("prefix", ["static", "", "/static/*", "/x/{id}", "/a//b", None])
    def test_no_prefix_either(self, prefix: Any) -> None:
        with pytest.raises(ConfigurationError, match=r"^under\(\): "):
            under(prefix)

    def test_the_message_names_the_fix(self) -> None:
        with pytest.raises(ConfigurationError, match=r'use under\("/prefix"\)'):
            Access(["/health/*"], None)
        with pytest.raises(ConfigurationError, match='write a whole path such as "/health"'):
            Access(["health"], None)

    def test_rules_may_come_one_by_one(self) -> None:
        rules: Any = iter(["/a", under("/b")])
        access = Access(rules, None)
        assert access.is_public("GET", "/a")
        assert access.is_public("GET", "/b/c")
        alone = Access([], iter(["/a", under("/b")]))  # type: ignore[arg-type]
        assert not alone.is_public("GET", "/a")
        assert not alone.is_public("GET", "/b/c")

    def test_one_string(self) -> None:
        with pytest.raises(TypeError, match="protected_paths is a collection"):
            Access([], "/api")

    @pytest.mark.parametrize("path", ["/", "/health", "/slash/", "/é", "/a b", "/.well-known/x"])
    def test_what_can(self, path: str) -> None:
        assert Access([path], None).is_public("GET", path)


def rooted() -> FastAPI:
    """Serves each of its paths below `/v1` too."""
    app = FastAPI()
    app.root_path = "/v1"  # as its deprecated argument does
    app.add_api_route("/api/x", ok)
    app.add_api_route("/health", ok)
    return app


def assert_guarded(gate: ASGIApp, path: str) -> None:
    """In front of `rooted()`, only what is not protected is open, in both spellings."""
    assert ask(gate, path).status == 401
    assert ask(gate, path, bearer(GOOD)).status == 200
    assert ask(gate, "/health").status == ask(gate, "/v1/health").status == 200


class TestWhichPathCounts:
    """The one that the application's router compares."""

    def asked(self, app: ASGIApp, path: str, root_path: str) -> int:
        async def rooted(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "root_path": root_path}, receive, send)

        return ask(rooted, path).status

    @pytest.mark.parametrize(
        ("root_path", "path", "status"),
        [
            ("/api", "/api/health", 200),  # uvicorn --root-path /api, the proxy strips
            ("/api", "/health", 200),  # a server that leaves root_path out of the path
            ("/api", "/api/api/health", 401),
            ("/api", "/apis/health", 401),
            ("/api", "/api", 401),
            ("/api", "/api/me", 401),
            ("", "/health", 200),
            ("", "/api/health", 401),
            ("/health", "/health/health", 200),
        ],
    )
    def test_root_path(
        self, verifier: TokenVerifier, root_path: str, path: str, status: int
    ) -> None:
        inner = Starlette(routes=[Route("/health", ok), Route("/me", ok)])
        gate = GatepassMiddleware(inner, verifier=verifier, public_paths=["/health"])
        assert self.asked(gate, path, root_path) == status

    @pytest.mark.parametrize("root_path", ["", "/api", "/health"])
    def test_root_path_of_uvicorn(self, verifier: TokenVerifier, root_path: str) -> None:
        inner = Starlette(routes=[Route("/health", ok), Route("/me", ok)])
        gate = GatepassMiddleware(inner, verifier=verifier, public_paths=["/health"])
        config = uvicorn.Config(gate, port=0, root_path=root_path, log_level="critical")
        listening = config.bind_socket()
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            found = [httpx.get(url + path).status_code for path in ("/health", "/me", "/healthz")]
            assert found == [200, 401, 401]
        finally:
            server.should_exit = True
            thread.join()
            listening.close()

    def test_root_path_of_fastapi(self, verifier: TokenVerifier) -> None:
        app = FastAPI()
        app.root_path = "/v1"  # as its deprecated argument does
        app.add_api_route("/health", ok)
        app.add_middleware(GatepassMiddleware, verifier=verifier, public_paths=["/health"])
        assert ask(app, "/health").status == 200
        assert ask(app, "/v1/health").status == 200
        assert ask(app, "/v2/health").status == 401

    @pytest.mark.parametrize("path", ["/admin/x", "/api/admin/x"])
    @pytest.mark.parametrize("between", [[], [CORSMiddleware], [CORSMiddleware, GZipMiddleware]])
    def test_a_gate_around_a_fastapi_with_root_path(
        self, verifier: TokenVerifier, between: list[Any], path: str
    ) -> None:
        """FastAPI sets its own root_path only when it is called, so behind such a gate."""
        inner = FastAPI()
        app: Any = inner
        inner.add_api_route("/admin/x", ok)
        inner.add_api_route("/health", ok)
        for layer in between:
            app = layer(app)
        gate = GatepassMiddleware(app, verifier=verifier, protected_paths=[under("/admin")])
        inner.root_path = "/api"
        assert ask(gate, path).status == 401
        assert ask(gate, path, bearer(GOOD)).status == 200
        assert ask(gate, "/health").status == ask(gate, "/api/health").status == 200

    def test_a_gate_outside_sees_the_mount(self, verifier: TokenVerifier) -> None:
        inner = Starlette(routes=[Mount("/sub", routes=[Route("/health", ok)])])
        gate = GatepassMiddleware(inner, verifier=verifier, public_paths=["/sub/health"])
        assert ask(gate, "/sub/health").status == 200
        assert ask(gate, "/health").status == 401

    def test_a_gate_inside_a_mount_sees_what_is_below(self, verifier: TokenVerifier) -> None:
        sub = FastAPI()
        sub.add_api_route("/health", ok)
        sub.add_api_route("/me", ok)
        sub.add_middleware(GatepassMiddleware, verifier=verifier, public_paths=["/health"])
        app = FastAPI()
        app.mount("/sub", sub)
        app.add_api_route("/health", ok)
        assert ask(app, "/sub/health").status == 200
        assert ask(app, "/sub/me").status == 401
        assert ask(app, "/health").status == 200

    @pytest.mark.parametrize("path", ["/api/x", "/v1/api/x"])
    @pytest.mark.parametrize(
        "wrapped",
        [lambda call: call, GZipMiddleware, lambda call: Starlette(routes=[Mount("/", call)])],
    )
    def test_a_method_is_the_application_that_it_is_of(
        self, verifier: TokenVerifier, wrapped: Any, path: str
    ) -> None:
        app = wrapped(rooted().__call__)
        gate = GatepassMiddleware(app, verifier=verifier, protected_paths=[under("/api")])
        assert_guarded(gate, path)

    @pytest.mark.parametrize("path", ["/api/x", "/v1/api/x"])
    @pytest.mark.parametrize("main", [FastAPI, Starlette])
    def test_a_fastapi_with_root_path_mounted_without_a_prefix(
        self, verifier: TokenVerifier, main: Any, path: str
    ) -> None:
        app = main(routes=[Mount("/", routes=[Mount("", rooted())])])
        app.add_middleware(GatepassMiddleware, verifier=verifier, protected_paths=[under("/api")])
        assert_guarded(app, path)

    def test_what_is_mounted_without_a_prefix_has_the_root_of_what_it_is_mounted_in(
        self, verifier: TokenVerifier, tmp_path: Path
    ) -> None:
        """As the pages beside an API are."""
        inner = FastAPI()
        inner.root_path = "/v1"
        inner.add_api_route("/health", ok)
        inner.mount("/", StaticFiles(directory=tmp_path))
        gate = GatepassMiddleware(inner, verifier=verifier, public_paths=["/health"])
        assert ask(gate, "/v1/health").status == ask(gate, "/health").status == 200
        assert ask(gate, "/v1/other").status == 401

    @pytest.mark.parametrize("outside", [False, True])
    def test_what_is_included_is_read_as_the_application_is(
        self, verifier: TokenVerifier, outside: bool
    ) -> None:
        app, router = FastAPI(), APIRouter()
        app.root_path = "/app"
        router.add_api_route("/static/{name}", ok)
        app.include_router(router)
        items = APIRouter()
        items.add_api_route("", ok)
        app.include_router(items, prefix="/items")
        public = [under("/static")]
        gate: ASGIApp = app
        if outside:
            gate = GatepassMiddleware(app, verifier=verifier, public_paths=public)
        else:
            protect(app, verifier=verifier, public=public)
        for path in ("/static/app.js", "/app/static/app.js"):  # the first has the root in it
            assert ask(gate, path).status == 200
        assert ask(gate, "/other").status == 401

    def test_what_is_mounted_in_an_included_router_has_a_root_of_its_own(
        self, verifier: TokenVerifier
    ) -> None:
        inner = FastAPI()
        inner.root_path = "/v1"
        inner.add_api_route("/api/x", ok)
        app, router = FastAPI(), APIRouter()
        app.include_router(router)
        router.mount("/", inner)
        gate = GatepassMiddleware(app, verifier=verifier, protected_paths=[under("/api")])
        assert ask(gate, "/v1/api/x").status == ask(gate, "/api/x").status == 401

    @pytest.mark.parametrize(
        ("path", "root_path"),
        [
            ("/api/x", ""),
            ("/x/api/x", "/x"),
            ("/a/x/api/x", "/x"),
            ("/health/x/api/x", "/x"),
            ("/xapi/x", "/x"),
        ],
    )
    @pytest.mark.parametrize(
        "rules", [{"protected_paths": [under("/api")]}, {"public_paths": [under("/health")]}]
    )
    @pytest.mark.parametrize("as_method", [False, True])
    def test_a_router_that_takes_root_path_from_anywhere(
        self, verifier: TokenVerifier, as_method: bool, rules: Any, path: str, root_path: str
    ) -> None:
        """As Litestar's does."""

        @get("/api/x")
        async def x() -> str:
            return "x"

        @get("/health")
        async def health() -> str:
            return "ok"

        app: Any = Litestar([x, health])
        if as_method:
            app = GZipMiddleware(app.__call__)
        gate = GatepassMiddleware(app, verifier=verifier, **rules)
        assert self.asked(gate, path, root_path) == 401
        assert self.asked(gate, f"{root_path}/health", root_path) == 200

    @pytest.mark.parametrize(
        ("path", "read"),
        [("/a/x/api", "/api"), ("/xapi", "/api"), ("/a/x", "/")],
    )
    def test_others_may_take_it_from_anywhere(self, path: str, read: str) -> None:
        assert RoutePaths(object()).of({"path": path, "root_path": "/x"}) == [path, read]

    def test_it_is_starlettes_own(self) -> None:
        from starlette._utils import get_route_path

        items, inner = APIRouter(), FastAPI()
        items.add_api_route("", ok)
        inner.root_path = "/b"
        included, mounted = FastAPI(), FastAPI()
        included.include_router(items, prefix="/items")
        mounted.mount("/a", inner)
        apps = (Starlette(), FastAPI(), CORSMiddleware(FastAPI()), included, mounted)
        for root in ("", "/", "/a", "/a/", "/a/b"):
            for path in ("", "/", "/a", "/a/", "/ab", "/a/b", "/a/b/c", "/a//b", "*"):
                scope = {**scope_of("http", path, []), "root_path": root}
                for app in apps:
                    assert RoutePaths(app).of(scope) == [get_route_path(scope)], (root, path)
