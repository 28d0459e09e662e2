"""CurrentUser in a small FastAPI application, and what /docs is told."""

from typing import Annotated, Any

import pytest
from asgi_client import ask, bearer
from fastapi import FastAPI

from contract.mint import HEADER, mint
from contract.vector_builder import CLAIMS, SINGLE, SUB, claims
from gatepass import ConfigurationError, GatepassMiddleware, TokenVerifier, User
from gatepass.fastapi import CurrentUser, OptionalUser, require

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


class TestOptionalUser:
    @pytest.fixture
    def app(self, verifier: TokenVerifier) -> FastAPI:
        app = FastAPI()

        @app.get("/articles")
        @app.get("/drafts")
        async def articles(user: OptionalUser) -> str | None:
            return None if user is None else user.id

        app.add_middleware(GatepassMiddleware, verifier=verifier, public_paths=["/articles"])
        return app

    def test_anonymous(self, app: FastAPI) -> None:
        answer = ask(app, "/articles")
        assert (answer.status, answer.json()) == (200, None)

    def test_a_good_token(self, app: FastAPI) -> None:
        assert ask(app, "/articles", bearer(GOOD)).json() == SUB

    @pytest.mark.parametrize("token", [f"{GOOD}x", "x", "null"])
    def test_a_bad_one_is_a_401_so_that_it_is_renewed(self, app: FastAPI, token: str) -> None:
        answer = ask(app, "/articles", bearer(token))
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    def test_on_a_closed_path_there_is_one(self, app: FastAPI) -> None:
        assert ask(app, "/drafts").status == 401
        assert ask(app, "/drafts", bearer(GOOD)).json() == SUB

    def test_without_the_middleware_the_error_names_the_fix(self) -> None:
        app = FastAPI()

        @app.get("/")
        async def index(user: OptionalUser) -> None: ...

        with pytest.raises(RuntimeError, match=r"add_middleware\(GatepassMiddleware"):
            ask(app, "/")


async def is_admin_later(user: User) -> bool:
    return "admin" in user.claims["roles"]


def is_admin(user: User) -> bool:
    return "admin" in user.claims["roles"]


class TestRequire:
    @pytest.fixture(params=[is_admin, is_admin_later])
    def app(self, request: pytest.FixtureRequest, verifier: TokenVerifier) -> FastAPI:
        app = FastAPI()
        admins = require(request.param, reason="needs the role admin")

        @app.delete("/all", dependencies=[admins])
        async def delete_all() -> str:
            return "gone"

        @app.get("/who")
        async def who(admin: Annotated[User, admins]) -> str:
            return admin.id

        app.add_middleware(GatepassMiddleware, verifier=verifier)
        return app

    def test_anonymous(self, app: FastAPI) -> None:
        assert ask(app, "/all", method="DELETE").status == 401

    @pytest.mark.parametrize("roles", [["admin"], ["reader", "admin"]])
    def test_allowed(self, app: FastAPI, roles: list[str]) -> None:
        token = mint(HEADER, claims(roles=roles), SINGLE)
        assert ask(app, "/all", bearer(token), "DELETE").json() == "gone"
        assert ask(app, "/who", bearer(token)).json() == SUB

    @pytest.mark.parametrize("roles", [[], ["reader"], ..., None, 7])
    def test_refused(self, app: FastAPI, roles: object) -> None:
        answer = ask(app, "/who", bearer(mint(HEADER, claims(roles=roles), SINGLE)))
        assert answer.status == 403
        assert answer.json() == {"detail": "needs the role admin"}
        assert answer.headers["www-authenticate"] == (
            'Bearer error="insufficient_scope", error_description="needs the role admin"'
        )

    def test_only_true_allows(self, verifier: TokenVerifier) -> None:
        app = FastAPI()
        truthy: Any = lambda _user: "no"  # noqa: E731
        app.get("/", dependencies=[require(truthy, reason="x")])(lambda: None)
        app.add_middleware(GatepassMiddleware, verifier=verifier)
        assert ask(app, "/", bearer(GOOD)).status == 403

    def test_a_rule_that_is_none(self) -> None:
        with pytest.raises(ConfigurationError, match="rule is 'admin'"):
            require("admin", reason="x")  # type: ignore[arg-type]

    @pytest.mark.parametrize("reason", ["", 'a "quote"', "a\\b", "a\nb", "é"])
    def test_a_reason_that_no_header_can_hold(self, reason: str) -> None:
        with pytest.raises(ConfigurationError, match="reason is"):
            require(is_admin, reason=reason)
