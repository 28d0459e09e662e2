"""The FastAPI side of the gate: who is asking, and what they may do.

    @app.get("/me")
    async def me(user: CurrentUser) -> dict[str, str]: ...

    @app.get("/articles")                          # a public path
    async def articles(user: OptionalUser) -> ...: ...

    @app.delete("/articles", dependencies=[require(is_editor, reason="editors only")])

Needs the extra ``gatepass[fastapi]`` and the gate around the application.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from .bearer import GATE_KEY, USER_KEY, www_authenticate
from .errors import ConfigurationError, MissingToken, TokenError
from .user import User

# error_description of RFC 6750 section 3, without the quotes around it
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


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
                "public_paths, or take OptionalUser"
            )
        return user


class OptionalBearer(GatepassBearer):
    """The user where there is one, for public paths; a bad token is still a 401."""

    async def __call__(  # type: ignore[override]
        self, connection: HTTPConnection
    ) -> User | None:
        """Return the user, or None for a request without a token."""
        scope = connection.scope
        if (gate := scope.get(GATE_KEY)) is None:
            return await super().__call__(connection)
        try:
            user: User = await gate.identify(scope)
        except MissingToken:
            return None
        except TokenError as error:
            # Not None: the browser's client renews on a 401, and nobody is signed out silently.
            headers = {"WWW-Authenticate": www_authenticate(error)}
            raise HTTPException(401, "The token is invalid or expired", headers) from None
        return user


gatepass_bearer = GatepassBearer()
optional_bearer = OptionalBearer()

CurrentUser = Annotated[User, Security(gatepass_bearer)]
OptionalUser = Annotated[User | None, Security(optional_bearer)]


def require(rule: Callable[[User[Any]], bool | Awaitable[bool]], *, reason: str) -> Any:
    """A dependency that answers 403 to users whom *rule* refuses (RFC 6750 section 3.1).

    Args:
        rule: decides about a user, from the claims say; may be async. A LookupError or TypeError,
            which is what a claim that is not there gives, refuses too.
        reason: what the refused are told, e.g. "needs the role editor"; printable ASCII without
            quotes and backslashes.

    The endpoint gets the user: ``editor: Annotated[User, require(...)]``.
    """
    if not callable(rule):
        raise ConfigurationError(f"rule is {rule!r}: pass a function of the user")
    if not _DESCRIPTION.fullmatch(reason):
        raise ConfigurationError(
            f"reason is {reason!r}: write printable ASCII without quotes and backslashes"
        )
    challenge = f'Bearer error="insufficient_scope", error_description="{reason}"'

    async def check(user: CurrentUser) -> User:
        try:
            allowed = rule(user)
            if inspect.isawaitable(allowed):
                allowed = await allowed
        except (LookupError, TypeError):
            allowed = False
        if allowed is not True:
            raise HTTPException(403, reason, {"WWW-Authenticate": challenge})
        return user

    return Depends(check)
