"""Every code block of the README runs as it is printed."""

import re
import socket
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from asgi_client import ask, bearer
from fastapi import FastAPI
from wsgi_client import ask as ask_wsgi

from gatepass import protect
from gatepass.testing import client_of, mint
from tools import node
from tools.ports import free_port

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
SECRET = "a1-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs6"
ORIGIN = "http://localhost:3000"
TOOLS = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def names() -> Any:
    """All Python blocks, run in order as one module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BETTER_AUTH_SECRET", SECRET)
        for name in ("BETTER_AUTH_SECRETS", "CORS_ORIGINS", "JWT_LEEWAY"):
            patch.delenv(name, raising=False)
        module = types.ModuleType("readme")
        patch.setitem(sys.modules, "readme", module)
        for block in blocks("python"):
            exec(compile(block, "README.md", "exec"), vars(module))  # noqa: S102 - our own page
        yield vars(module)


def test_no_language_is_left_out() -> None:
    known = {"python", "console", "js"}
    assert set(re.findall(r"^```(\w+)$", README, re.MULTILINE)) == known


def test_ten_lines_are_ten_lines() -> None:
    ours = [
        line
        for line in blocks("python")[0].splitlines()
        if re.search("gatepass|protect|User", line)
    ]
    assert len(ours) <= 10


class TestTenLines:
    def test_who_gets_in(self, names: Any) -> None:
        assert ask(names["app"], "/health").status == 200
        assert ask(names["app"], "/me").status == ask(names["app"], "/docs").status == 401
        answer = ask(names["app"], "/me", bearer(mint()))
        assert answer.json() == {"id": "test-user", "email": "test@example.com"}

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_pages_of_another_origin_may_call(self, names: Any, method: str) -> None:
        headers = [
            (b"origin", ORIGIN.encode()),
            (b"access-control-request-method", method.encode()),
            (b"access-control-request-headers", b"authorization,content-type"),
        ]
        answer = ask(names["app"], "/me", headers, "OPTIONS")
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, ORIGIN)

    def test_the_commands(self, tmp_path: Path) -> None:
        (tmp_path / "app.py").write_text(blocks("python")[0])
        lines = [line[2:] for line in blocks("console")[1].splitlines() if line.startswith("$ ")]
        assert [line.split()[0] for line in lines] == ["export", "uvicorn", "curl", "curl"]
        port = str(free_port())
        wait = f"until curl -s localhost:{port}/health >/dev/null; do sleep 0.1; done"
        server = lines[1].replace("uvicorn app:app", f"uvicorn app:app --port {port}")
        asked = [line.replace("8000", port).replace("curl", "curl -s") for line in lines[2:]]
        script = "\n".join([lines[0], server, wait, *asked, "kill $!"])
        done = subprocess.run(  # noqa: S603 - our own page
            ["bash", "-ec", script],  # noqa: S607
            cwd=tmp_path,
            env={"PATH": f"{TOOLS}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "401 Unauthorized" in done.stdout
        assert "www-authenticate: Bearer" in done.stdout
        expected = blocks("console")[1].splitlines()[-1]
        assert done.stdout.splitlines()[-1].endswith(expected)


def test_which_paths(names: Any) -> None:
    for rules, open_paths, closed in (
        ("all_but", ["/health", "/static/a.css"], ["/me", "/statics"]),
        ("these_alone", ["/", "/api/health"], ["/api", "/api/me"]),
        ("reading", ["/articles/1"], ["/me"]),
    ):
        app = FastAPI()
        protect(app, **names[rules])
        assert all(ask(app, path).status == 404 for path in open_paths)
        assert all(ask(app, path).status == 401 for path in closed)
    assert ask(app, "/articles/1", method="DELETE").status == 401


def test_who_may_do_what(names: Any) -> None:
    app = names["articles"]
    assert ask(app, "/articles").json() == "Hello, stranger"
    assert ask(app, "/articles", bearer(mint(roles=[]))).json() == "Hello, test@example.com"
    assert client_of(app, roles=["editor"]).delete("/drafts").json() == "cleared by test-user"
    assert client_of(app, roles=[]).delete("/drafts").status_code == 403
    assert client_of(app, roles="editor").delete("/drafts").status_code == 401


def test_a_socket_of_a_page(names: Any, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from fastapi import FastAPI, WebSocket\nfrom gatepass import protect\n"
        "app = FastAPI()\nprotect(app)\n"
        "@app.websocket('/ws')\nasync def ws(socket: WebSocket) -> None:\n"
        "    await socket.accept()\n    await socket.send_text(socket.scope['gatepass.user'].id)\n"
        "    await socket.close()\n"
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "uvicorn", "app:app", "--fd", str(listening.fileno())],
            cwd=tmp_path,
            env={"BETTER_AUTH_SECRET": SECRET},
            pass_fds=[listening.fileno()],
        )
        script = (
            f"const url = 'ws://127.0.0.1:{port}/ws', token = '{mint('ada')}';\n{blocks('js')[0]}"
            "socket.onmessage = ({ data }) => console.log(socket.protocol, data);"
        )
        done = subprocess.run(  # noqa: S603
            [node.NODE, "--eval", script],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        server.terminate()
        server.wait()
    assert done.stdout == "gatepass ada\n"


def test_other_frameworks(names: Any) -> None:
    for app, asked in ((names["litestar_app"], ask), (names["flask_app"], ask_wsgi)):
        assert asked(app, "/me").status == asked(app, "/nowhere").status == 401
        assert asked(app, "/me", bearer(mint("ada"))).body == b"ada"
        refused = asked(app, "/me", [(b"origin", ORIGIN.encode())])
        assert refused.headers["access-control-allow-origin"] == ORIGIN


def test_without_a_framework(names: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert names["user_of"](mint("ada")) == "ada"
    assert names["user_of"]("x") is None
    assert capsys.readouterr().out == "malformed\n"


@pytest.mark.parametrize("name", ["test_my_own", "test_anonymous", "test_without_a_secret"])
def test_tests_of_an_application(names: Any, name: str) -> None:
    names[name]()


def test_settings_refusals_revocation(names: Any) -> None:
    app = FastAPI()

    @app.get("/me")
    async def me() -> str:
        return "me"

    names["guard"](app, SECRET)
    good = bearer(mint("ada", aud="tasks"))
    assert ask(app, "/me", good).status == 200
    assert ask(app, "/me", bearer(mint("ada"))).body == b"no"
    names["revoked"].add("ada")
    assert ask(app, "/me", good).status == 401
