"""Each API from the built wheel: who gets in, what strangers are told, how much of it is ours."""

import ast
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from examples.tests.artifacts import EXAMPLES
from examples.tests.conftest import Serve
from tools.ports import free_port

Mint = Callable[..., str]

# example: an open path (None: there is none), a closed one, the origin of its pages
APIS = {
    "node-fastapi": ("/health", "/notes", "http://localhost:3000"),
    "vite-spa": (None, "/articles", "http://localhost:5173"),
    "nextjs": ("/", "/api/me", None),
    "fastapi-template": ("/docs", "/api/v1/users/me", "http://localhost:5173"),
    "starlette": ("/health", "/me", "http://localhost:3000"),
    "flask": ("/health", "/me", "http://localhost:3000"),
    "jwks": ("/health", "/me", None),
}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_every_example_is_here() -> None:
    assert set(APIS) == {folder.parent.name for folder in EXAMPLES.glob("*/api")}


@pytest.mark.parametrize("name", APIS)
def test_who_gets_in(serve_api: Serve, mint: Mint, name: str) -> None:
    opened, closed, origin = APIS[name]
    with serve_api(name) as url, httpx.Client(base_url=url) as client:
        if opened:
            assert client.get(opened).status_code == 200
        stranger = client.get(closed, headers={"Origin": origin or "http://x.example"})
        assert stranger.status_code == 401
        assert stranger.headers["www-authenticate"] == "Bearer"
        assert stranger.headers.get("access-control-allow-origin") == origin
        forged = client.get(closed, headers=bearer(mint("ada")[:-4] + "AAAA"))
        assert forged.status_code == 401
        assert 'error="invalid_token"' in forged.headers["www-authenticate"]
        assert client.get(closed, headers=bearer(mint("ada"))).status_code == 200
        if origin:
            asked = {
                "Origin": origin,
                "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "authorization,content-type",
            }
            preflight = client.options(closed, headers=asked)
            assert preflight.is_success
            assert preflight.headers["access-control-allow-origin"] == origin


def test_node_fastapi_keeps_users_apart(serve_api: Serve, mint: Mint) -> None:
    with serve_api("node-fastapi") as url, httpx.Client(base_url=url) as client:
        client.post("/notes", params={"text": "mine"}, headers=bearer(mint("ada")))
        assert client.get("/notes", headers=bearer(mint("ada"))).json() == ["mine"]
        assert client.get("/notes", headers=bearer(mint("bob"))).json() == []


def test_vite_spa_asks_for_a_role(serve_api: Serve, mint: Mint) -> None:
    with serve_api("vite-spa") as url, httpx.Client(base_url=url) as client:
        refused = client.put("/articles/x", headers=bearer(mint("ada")))
        assert refused.status_code == 403
        assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
        editor = bearer(mint("ada", roles=["editor"]))
        assert client.put("/articles/x", headers=editor).json()["articles"][-1] == "x"


def test_nextjs_knows_who_is_there(serve_api: Serve, mint: Mint) -> None:
    with serve_api("nextjs") as url, httpx.Client(base_url=url) as client:
        assert client.get("/api/quote").json()["for"] is None
        known = client.get("/api/quote", headers=bearer(mint("ada")))
        assert known.json()["for"] == "test@example.com"
        assert client.get("/api/nowhere").status_code == 401


def test_the_template_keeps_its_error_shape(serve_api: Serve, mint: Mint) -> None:
    with serve_api("fastapi-template") as url, httpx.Client(base_url=url) as client:
        message = {"error": {"status": 401, "message": "Please sign in."}}
        assert client.get("/api/v1/items/").json() == message
        signed_in = bearer(mint("ada"))
        assert client.put("/api/v1/items/a", headers=signed_in).json() == ["a"]
        long = client.put(f"/api/v1/items/{'a' * 21}", headers=signed_in)
        assert long.json() == {"error": {"status": 422, "message": "Too long."}}


def test_starlette_talks_to_a_page(serve_api: Serve, mint: Mint) -> None:
    with serve_api("starlette") as url:
        protocols = [Subprotocol("gatepass"), Subprotocol(f"bearer.{mint('ada')}")]
        address = url.replace("http", "ws") + "/echo"
        with connect(address, subprotocols=protocols) as socket:
            socket.send("hello")
            assert socket.recv() == "ada: hello"
            assert socket.subprotocol == "gatepass"


class TestJwks:
    KEY = Ed25519PrivateKey.generate()

    @pytest.fixture
    def web(self) -> Iterator[str]:
        """A half that publishes its key as Better Auth's jwt() plugin does, at the second time."""
        key = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.KEY.public_key()))
        document = json.dumps({"keys": [{**key, "kid": "k1", "alg": "EdDSA"}]}).encode()
        first = iter([b'{"keys": []}'])

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == "/api/auth/jwks"
                self.send_response(200)
                self.end_headers()
                self.wfile.write(next(first, document))

            def log_message(self, *_: Any) -> None: ...

        with http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()

    def signed(self, web: str, key: Any = KEY, kid: Any = "k1", **claims: Any) -> str:
        now = int(time.time())
        payload = {
            "sub": "ada",
            "email": "a@x",
            "iat": now,
            "exp": now + 60,
            "iss": web,
            "aud": web,
        }
        algorithm = "HS256" if isinstance(key, str) else "EdDSA"
        return jwt.encode(payload | claims, key, algorithm=algorithm, headers={"kid": kid})

    def test_both_kinds(self, serve_api: Serve, mint: Mint, web: str) -> None:
        with serve_api("jwks", WEB_URL=web) as url, httpx.Client(base_url=url) as client:
            for _ in range(200):
                if client.get("/health").json() == "ok":
                    break
                time.sleep(0.05)
            for token in (self.signed(web), mint("ada")):
                assert client.get("/me", headers=bearer(token)).json()["id"] == "ada", token
            public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.KEY.public_key()))["x"]
            for token in (
                self.signed(web, Ed25519PrivateKey.generate()),
                self.signed(web, kid="k2"),
                self.signed(web, aud="other"),
                self.signed(web, iss="other"),
                self.signed(web, exp=1),
                self.signed(web, exp=1, aud="other"),
                self.signed(web, exp=1, iss="other"),
                self.signed(web, exp=1, sub=7),
                self.signed(web, email=7),
                self.signed(web, sub=7),
                self.signed(web, public * 2),  # the public key taken for a secret
                "x",
                "." * 9000,
            ):
                assert client.get("/me", headers=bearer(token)).status_code == 401, token


@pytest.mark.parametrize("name", APIS)
def test_ten_lines_are_ours(name: str) -> None:
    assert 0 < sum(map(ours, (EXAMPLES / name / "api").rglob("*.py"))) <= 10


def ours(file: Path) -> int:
    """The lines of *file* that are there because of Gatepass: imports and calls of it.

    The verifier of the JWKS example is PyJWT's work, a file to take along.
    """
    if file.name == "verifier.py":
        return 0
    tree = ast.parse(file.read_text())
    imports = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gatepass"
    ]
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    lines = {line for node in imports for line in range(node.lineno, node.end_lineno + 1)}  # type: ignore[operator]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names - {"CurrentUser", "OptionalUser"}:
            lines.add(node.lineno)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            lines |= set(range(node.lineno, node.end_lineno + 1))  # type: ignore[operator]
        if isinstance(node, ast.Call) and "GatepassMiddleware" in ast.unparse(node):
            lines |= set(range(node.lineno, node.end_lineno + 1))  # type: ignore[operator]
        if isinstance(node, ast.Constant) and node.value == "gatepass.user":
            lines.add(node.lineno)
    return len(lines)
