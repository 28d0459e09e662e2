"""gatepass.testing: passes, a client that is somebody, an override."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from wsgi_client import ask

from contract.vector_builder import SINGLE
from gatepass import ConfigurationError, ExpiredToken, KeyRing, TokenVerifier, User, protect
from gatepass.fastapi import CurrentUser, OptionalUser
from gatepass.testing import bearer, client_of, mint, override
from gatepass.wsgi import protect as protect_wsgi

KEYS = KeyRing.single(SINGLE)
ADA = User("ada", "ada@example.com")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", SINGLE)
    monkeypatch.delenv("BETTER_AUTH_SECRETS", raising=False)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(user: CurrentUser) -> list[Any]:
        return [user.id, user.email, user.claims.get("roles")]

    @app.get("/open")
    async def opened(user: OptionalUser) -> str | None:
        return None if user is None else user.id

    @app.websocket("/ws")
    async def socket(websocket: WebSocket, user: CurrentUser) -> None:
        await websocket.accept()
        await websocket.send_text(user.id)
        await websocket.close()

    protect(app, public=["/open"])
    return app


class TestMint:
    def test_it_verifies(self) -> None:
        user = TokenVerifier(KEYS).verify(mint("ada", "a@x", roles=["editor"]))
        assert (user.id, user.email, user.claims["roles"]) == ("ada", "a@x", ["editor"])

    def test_an_expired_one(self) -> None:
        with pytest.raises(ExpiredToken):
            TokenVerifier(KEYS).verify(mint(expires_in=-60))

    def test_keys_of_ones_own(self) -> None:
        ring = KeyRing([f"{SINGLE}-2", SINGLE], ["2", "1"])
        assert TokenVerifier(ring).verify(mint(keys=ring)).id == "test-user"

    def test_without_a_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("BETTER_AUTH_SECRET")
        with pytest.raises(ConfigurationError, match="BETTER_AUTH_SECRET is not set"):
            mint()


class TestClientOf:
    def test_it_is_somebody(self, app: FastAPI) -> None:
        assert client_of(app, "ada", roles=["x"]).get("/me").json() == [
            "ada",
            "test@example.com",
            ["x"],
        ]

    def test_on_a_socket_too(self, app: FastAPI) -> None:
        with client_of(app, "ada").websocket_connect("/ws") as socket:
            assert socket.receive_text() == "ada"

    def test_its_pass_is_a_real_one(self, app: FastAPI) -> None:
        assert client_of(app, "ada", expires_in=-60).get("/me").status_code == 401


class TestOverride:
    @pytest.fixture
    def client(self, app: FastAPI) -> Iterator[TestClient]:
        with TestClient(app) as client:
            yield client

    def test_everyone_is_that_user(self, client: TestClient) -> None:
        with override(ADA):
            assert client.get("/me").json() == ["ada", "ada@example.com", None]
            assert client.get("/open").json() == "ada"
            with client.websocket_connect("/ws") as socket:
                assert socket.receive_text() == "ada"
        assert client.get("/me").status_code == 401

    def test_with_claims(self, client: TestClient) -> None:
        with override(User("ada", "a@x", claims={"roles": ["editor"]})):
            assert client.get("/me").json() == ["ada", "a@x", ["editor"]]

    def test_nobody(self, client: TestClient) -> None:
        with override(None):
            assert client.get("/me", headers=bearer(mint())).status_code == 401
            assert client.get("/open", headers=bearer(mint())).json() is None

    def test_it_ends_with_an_exception(self, client: TestClient) -> None:
        with pytest.raises(ZeroDivisionError), override(ADA):
            raise ZeroDivisionError
        assert client.get("/me").status_code == 401

    def test_wsgi(self) -> None:
        def whoami(environ: Any, start_response: Any) -> list[bytes]:
            start_response("200 OK", [])
            return [environ["gatepass.user"].id.encode()]

        app = protect_wsgi(whoami)
        with override(ADA):
            assert ask(app, "/").body == b"ada"
        assert ask(app, "/").status == 401
