"""CurrentUser in a small FastAPI application, and what /docs is told."""

import pytest
from asgi_client import ask, bearer
from fastapi import FastAPI

from contract.mint import HEADER, mint
from contract.vectors import CLAIMS, SINGLE, SUB
from gatepass import GatepassMiddleware, TokenVerifier
from gatepass.fastapi import CurrentUser

GOOD = mint(HEADER, CLAIMS, SINGLE)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    async def me(user: CurrentUser) -> dict[str, str]:
        return {"id": user.id, "email": user.email}

    return app


class TestCurrentUser:
    def test_anonymous(self, app: FastAPI, verifier: TokenVerifier) -> None:
        app.add_middleware(GatepassMiddleware, verifier=verifier)
        assert ask(app, "/me").status == 401

    def test_a_good_token(self, app: FastAPI, verifier: TokenVerifier) -> None:
        app.add_middleware(GatepassMiddleware, verifier=verifier)
        assert ask(app, "/me", bearer(GOOD)).json() == {"id": SUB, "email": "ada@example.com"}

    def test_without_the_middleware_the_error_names_the_fix(self, app: FastAPI) -> None:
        with pytest.raises(RuntimeError, match=r"/me.*add_middleware\(GatepassMiddleware"):
            ask(app, "/me", bearer(GOOD))

    def test_on_a_public_path_the_error_names_the_fix(
        self, app: FastAPI, verifier: TokenVerifier
    ) -> None:
        app.add_middleware(GatepassMiddleware, verifier=verifier, public_paths=["/me"])
        with pytest.raises(RuntimeError, match="public_paths"):
            ask(app, "/me", bearer(GOOD))

    def test_openapi_has_the_bearer_scheme(self, app: FastAPI) -> None:
        schema = app.openapi()
        scheme = schema["components"]["securitySchemes"]["Gatepass"]
        assert scheme["type"] == "http"
        assert (scheme["scheme"], scheme["bearerFormat"]) == ("bearer", "JWT")
        assert schema["paths"]["/me"]["get"]["security"] == [{"Gatepass": []}]
        assert "parameters" not in schema["paths"]["/me"]["get"]
