"""The FastAPI side of the gate: ``CurrentUser`` and the scheme behind /docs' Authorize button.

    @app.get("/me")
    async def me(user: CurrentUser) -> dict[str, str]: ...

Needs the extra ``gatepass[fastapi]`` and GatepassMiddleware around the application.
"""

from typing import Annotated

from fastapi import Security
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from .middleware import USER_KEY
from .user import User


class GatepassBearer(SecurityBase):
    """Hands over the user whom the middleware let in; decides nothing itself."""

    def __init__(self) -> None:
        self.model = HTTPBearer(
            bearerFormat="JWT", description="The pass that the frontend issues to its user."
        )
        self.scheme_name = "Gatepass"

    async def __call__(self, connection: HTTPConnection) -> User:
        """Return the user. Raises RuntimeError if the gate was never passed: wrong wiring."""
        user = connection.scope.get(USER_KEY)
        if not isinstance(user, User):
            raise RuntimeError(
                f"nobody checked a pass for {connection.scope['path']}: call "
                "app.add_middleware(GatepassMiddleware, verifier=...) and keep this path out of "
                "public_paths"
            )
        return user


gatepass_bearer = GatepassBearer()

CurrentUser = Annotated[User, Security(gatepass_bearer)]
