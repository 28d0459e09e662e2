"""``gatepass doctor``: each message, for two running halves with the fault that it is meant for."""

import contextlib
import email.utils
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gatepass import GatepassMiddleware, KeyRing, TokenVerifier, testing
from gatepass.cli.doctor import Question, compare, examine
from gatepass.cli.findings import Finding, report
from gatepass.cli.sources import sources
from gatepass.keyring import Key
from gatepass.middleware import ASGIApp, Receive, Scope, Send
from tools.ports import free_port

A = "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"
B = "b2-Yw8Lh5NdJf3Gp7q2Xv9mB4tKc1RzWe8"
COOKIE = "session=ada"


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    config = uvicorn.Config(app, port=0, log_level="critical", date_header=False, ws="none")
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def dated(app: ASGIApp, clock: float) -> ASGIApp:
    async def with_date(scope: Scope, receive: Receive, send: Send) -> None:
        async def answered(message: Any) -> None:
            if message["type"] == "http.response.start":
                date = email.utils.formatdate(time.time() + clock, usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        await app(scope, receive, answered)

    return with_date


def without_the_header(app: ASGIApp) -> ASGIApp:
    """A proxy that drops Authorization."""

    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
            scope = {**scope, "headers": headers}
        await app(scope, receive, send)

    return proxy


class Lenient:
    """A half that knows a secret which our own key ring would refuse."""

    def __init__(self, secret: str) -> None:
        self.key = Key(secret)
        self.known = TokenVerifier(KeyRing.single(A))

    def verify(self, token: str | bytes) -> Any:
        signing_input, _, signature = (
            token if isinstance(token, bytes) else token.encode()
        ).rpartition(b".")
        if self.key.sign(signing_input) != signature:
            return self.known.verify(b"x.y.z")
        return self.known.verify(
            signing_input + b"." + KeyRing.single(A).current[1].sign(signing_input)
        )


def api(
    origin: str,
    *,
    verifier: Any = None,
    secret: str = A,
    clock: float = 0,
    methods: tuple[str, ...] = ("*",),
    cors_inside: bool = False,
    public: tuple[str, ...] = (),
) -> ASGIApp:
    async def ok(_request: Request) -> Response:
        return JSONResponse("ok")

    judge = verifier or TokenVerifier(KeyRing.single(secret), clock=lambda: time.time() + clock)
    cors: dict[str, Any] = {
        "allow_origins": [origin],
        "allow_headers": ["authorization"],
        "allow_methods": list(methods),
    }
    app: ASGIApp = Starlette(routes=[Route("/open", ok), Route("/me", ok)])
    if cors_inside:
        app = GatepassMiddleware(
            CORSMiddleware(app, **cors),
            verifier=judge,
            public_paths=[*public, lambda method, _path: method == "OPTIONS"],
        )
    else:
        gate = GatepassMiddleware(app, verifier=judge, public_paths=public)
        app = CORSMiddleware(gate, **cors)
    return dated(app, clock)


def web(
    *,
    secret: str = A,
    base_path: str = "/api/auth",
    lifetime: int = 3600,
    clock: float = 0,
    redirect: str = "",
    body: str = "",
) -> ASGIApp:
    async def token(request: Request) -> Response:
        if redirect:
            return RedirectResponse(redirect)
        if request.headers.get("cookie") != COOKIE:
            return JSONResponse({"code": "UNAUTHORIZED"}, 401)
        if body:
            return Response(body)
        made = testing.mint("ada", keys=KeyRing.single(A), expires_in=lifetime)
        signing_input = made.rpartition(".")[0]
        signature = Key(secret).sign(signing_input.encode()).decode()
        return JSONResponse({"token": f"{signing_input}.{signature}"})

    return dated(Starlette(routes=[Route(f"{base_path}/gatepass/token", token)]), clock)


class Halves:
    def __init__(self, web_url: str, api_url: str) -> None:
        self.web, self.api = web_url, api_url

    def findings(self, **changes: Any) -> list[Finding]:
        arguments: dict[str, Any] = {
            "web": self.web,
            "api": self.api,
            "environ": {"BETTER_AUTH_SECRET": A},
            "source": ".env",
        }
        found = list(examine(Question(**{**arguments, **changes})))
        assert A not in repr(found)
        assert B not in repr(found)
        return found

    def said(self, verdict: str, **changes: Any) -> dict[str, str]:
        return {f.subject: f.text for f in self.findings(**changes) if f.verdict == verdict}


@contextlib.contextmanager
def halves(
    web_app: ASGIApp | None = None, *, proxy: Any = None, origin: str = "WEB", **api_options: Any
) -> Iterator[Halves]:
    with served(web_app or web()) as web_url:
        api_app = api(origin.replace("WEB", web_url), **api_options)
        with served(proxy(api_app) if proxy else api_app) as api_url:
            yield Halves(web_url, api_url)


class TestNothingWrong:
    def test_with_a_session_everything_is_looked_at(self) -> None:
        with halves() as both:
            assert both.said("WRONG", cookie=COOKIE) == {}
            assert both.said("skip", cookie=COOKIE) == {}
            assert list(both.said("ok", cookie=COOKIE)) == [
                "gate",
                "CORS",
                "secret of the API",
                "issuer",
                "secret of the web",
                "lifetime",
                "API",
                "clocks",
            ]

    def test_without_one_the_webs_secret_is_not_called_good(self) -> None:
        with halves(web(secret=B)) as both:
            assert both.said("WRONG") == {}
            assert "secret of the web" not in both.said("ok")
            assert "give --cookie-file" in both.said("skip")["secret of the web"]

    def test_the_report_counts(self, capsys: pytest.CaptureFixture[str]) -> None:
        with halves() as both:
            assert report(both.findings()) == 0
        out = capsys.readouterr().out
        assert out.endswith("1 not looked at\nnothing wrong was found\n")


class TestSecrets:
    def test_the_api_has_another(self) -> None:
        with halves(secret=B) as both:
            text = both.said("WRONG", cookie=COOKIE)["secret of the API"]
            assert "differs from the one of .env: give both halves the same" in text
            assert "refuses the web's pass" in both.said("WRONG", cookie=COOKIE)["API"]

    def test_the_web_has_another(self) -> None:
        with halves(web(secret=B)) as both:
            wrong = both.said("WRONG", cookie=COOKIE)
            assert "bad_signature" in wrong["secret of the web"]
            assert "secret of the API" in both.said("ok", cookie=COOKIE)

    def test_both_have_another_than_this_side(self) -> None:
        with halves(web(secret=B), secret=B) as both:
            wrong = both.said("WRONG", cookie=COOKIE)
            assert list(wrong) == ["secret of the API", "secret of the web"]
            assert both.said("ok", cookie=COOKIE)["API"] == "takes the web's pass"

    @pytest.mark.parametrize(
        ("secret", "said"),
        [(f"{A}\n", "line break: take it away on the other half"), (f'"{A}"', "in quotes")],
    )
    def test_a_line_break_or_quotes(self, secret: str, said: str) -> None:
        with halves(web(secret=secret), verifier=Lenient(secret)) as both:
            wrong = both.said("WRONG", cookie=COOKIE)
            assert said in wrong["secret of the API"]
            assert said in wrong["secret of the web"]

    def test_none_here(self) -> None:
        with halves() as both:
            found = both.said("WRONG", environ={}, cookie=COOKIE)
            assert "BETTER_AUTH_SECRET is not set" in found["secret here"]
            assert set(both.said("ok", environ={})) == {"gate", "CORS", "issuer", "clocks"}

    def test_a_ring(self) -> None:
        ring = {"BETTER_AUTH_SECRETS": f"2:{A},1:{B}"}
        with halves() as both:
            assert "secret of the API" in both.said("ok", environ=ring)


class TestFiles:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name, secret in (("a.env", A), ("b.env", B), ("c.env", f"x#{A}"), ("d.env", "short")):
            (tmp_path / name).write_text(f"BETTER_AUTH_SECRET={secret}\n")

    def compared(self, *files: str, environ: dict[str, str] | None = None) -> list[Finding]:
        first, *others = sources(files, environ or {})
        return list(compare(first, others))

    def test_they_agree(self) -> None:
        (found,) = self.compared("a.env", "a.env")
        assert found.verdict == "ok"

    def test_they_differ(self) -> None:
        (found,) = self.compared("a.env", "b.env")
        assert (found.verdict, A in found.text) == ("WRONG", False)

    def test_one_is_unusable(self) -> None:
        (found,) = self.compared("a.env", "d.env")
        assert "has 5 characters" in found.text

    def test_one_that_readers_read_differently(self) -> None:
        (found,) = self.compared("c.env")
        assert (found.verdict, "differently" in found.text) == ("warn", True)

    def test_the_shell_wins_and_that_is_said(self) -> None:
        (found,) = self.compared("a.env", environ={"BETTER_AUTH_SECRET": B})
        assert "of the shell wins" in found.text

    def test_one_alone_is_compared_with_nothing(self) -> None:
        assert self.compared("a.env") == []


class TestGate:
    def test_no_gate(self) -> None:
        with halves(public=("/open",)) as both:
            wrong = both.said("WRONG", path="/open")
            assert "answers 200 without a pass" in wrong["gate"]
            assert "secret of the API" in both.said("skip", path="/open")

    def test_a_proxy_drops_the_header(self) -> None:
        with halves(proxy=without_the_header) as both:
            assert "proxy_set_header Authorization" in both.said("WRONG")["proxy"]


class TestCors:
    @pytest.mark.parametrize("origin", ["http://localhost:1", "WEB/"])
    def test_another_origin(self, origin: str) -> None:
        with halves(origin=origin) as both:
            assert f"does not let pages of {both.web} call it" in both.said("WRONG")["CORS"]

    def test_the_pages_are_elsewhere(self) -> None:
        with halves(origin="http://pages.example") as both:
            assert "CORS" in both.said("ok", origin="http://pages.example")

    def test_without_methods(self) -> None:
        with halves(methods=("GET",)) as both:
            text = both.said("warn")["CORS methods"]
            assert "may not send PUT, PATCH, DELETE" in text or "POST, PUT" in text

    def test_inside_the_gate(self) -> None:
        with halves(cors_inside=True) as both:
            assert "put CORS outside the gate" in both.said("WRONG")["CORS"]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still, because the halves are asked one after the other."""
    now = int(time.time()) + 0.5
    monkeypatch.setattr(time, "time", lambda: now)


class TestClocks:
    @pytest.mark.parametrize(("clock", "said"), [(3600, "ahead of ours"), (-30, "behind ours")])
    def test_of_the_api(self, clock: float, said: str) -> None:
        with halves(clock=clock) as both:
            wrong = both.said("WRONG")
            assert said in wrong["clock of the API"]
            assert "set both by NTP" in wrong["clocks"]
            assert "secret of the API" not in wrong

    @pytest.mark.usefixtures("still")
    def test_of_the_web(self) -> None:
        with halves(web(clock=60)) as both:
            assert "the web's is 60 seconds ahead of the API's" in both.said("WRONG")["clocks"]

    def test_a_small_skew_is_forgiven(self) -> None:
        with halves(clock=4) as both:
            assert both.said("WRONG") == {}


class TestIssuer:
    @pytest.mark.parametrize("base_path", ["/auth", "/api/v1/auth"])
    def test_another_base_path(self, base_path: str) -> None:
        with halves(web(base_path=base_path)) as both:
            assert f"basePath is {base_path}, not /api/auth" in both.said("WRONG")["basePath"]
            assert both.said("WRONG", base_path=base_path) == {}

    def test_no_plugin(self) -> None:
        with halves(web(base_path="/nowhere")) as both:
            assert "add gatepass() to Better Auth's plugins" in both.said("WRONG")["issuer"]

    def test_a_redirect(self) -> None:
        with halves(web(redirect="https://x.example/")) as both:
            assert "redirects to https://x.example/" in both.said("WRONG")["web"]

    @pytest.mark.parametrize("body", ["[" * 60_000, '{"token": "\\ud800.a.b"}', '{"token": 1}'])
    def test_an_answer_that_holds_no_pass(self, body: str) -> None:
        with halves(web(body=body)) as both:
            assert "no session" in both.said("WRONG", cookie=COOKIE)["cookie"]

    @pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 +99999999999999", "x"])
    def test_a_date_that_is_none(self, date: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(email.utils, "formatdate", lambda *_args, **_options: date)
        with halves() as both:
            assert "clocks" not in both.said("ok")

    def test_the_terminal_obeys_no_answer(self, capsys: pytest.CaptureFixture[str]) -> None:
        report([Finding("WRONG", "web", "redirects to \x1b]0;owned\x07\x1b[31m")])
        assert "\x1b" not in capsys.readouterr().out

    def test_a_stale_cookie(self) -> None:
        with halves() as both:
            assert "no session" in both.said("WRONG", cookie="session=old")["cookie"]

    def test_short_lifetimes(self) -> None:
        with halves(web(lifetime=60)) as both:
            assert "60 seconds renew very often" in both.said("warn", cookie=COOKIE)["lifetime"]

    def test_too_long_ones(self) -> None:
        with halves(web(lifetime=90_000)) as both:
            wrong = both.said("WRONG", cookie=COOKIE)
            assert "lifetime_too_long" in wrong["secret of the web"]
            assert "refuses the web's pass" in wrong["API"]


class TestAddresses:
    def test_nobody_there(self) -> None:
        nowhere = f"http://127.0.0.1:{free_port()}"
        found = Halves(nowhere, nowhere)
        assert list(found.said("WRONG")) == ["API", "web"]
        assert found.said("ok") == {}
        assert list(found.said("skip")) == ["clocks"]

    def test_mixed_content(self) -> None:
        with halves() as both:
            wrong = both.said("WRONG", web="https://127.0.0.1:1")
            assert "mixed content" in wrong["addresses"]

    def test_http_on_a_public_host(self) -> None:
        found = Halves("http://web.invalid", "http://api.invalid").said("warn")
        assert "travel in clear" in found["web"]
