"""For tests of an application behind the gate: passes, a client that is somebody, an override.

client = client_of(app, "ada")                 # real passes, through the real gate
with override(User("ada", "ada@example.com")):  # no pass, no secret: everyone is Ada
    ...
"""

import base64
import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

from .errors import MissingToken
from .keyring import KeyRing
from .middleware import GatepassMiddleware
from .user import User
from .wsgi import GatepassWSGIMiddleware

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def mint(
    sub: str = "test-user",
    email: str = "test@example.com",
    *,
    keys: KeyRing | None = None,
    issued_at: float | None = None,
    expires_in: float = 3600,
    **claims: object,
) -> str:
    """Return a pass as the issuer signs it.

    Args:
        sub: the user's id.
        email: the user's email address.
        keys: by default those of BETTER_AUTH_SECRET and BETTER_AUTH_SECRETS.
        issued_at: seconds since the epoch, by default now.
        expires_in: seconds; negative for a pass that is over.
        claims: further claims, e.g. ``roles=["editor"]``; they may replace the others.

    Raises ConfigurationError without a usable secret.
    """
    kid, key = (keys or KeyRing.from_env(os.environ)).current
    now = int(time.time()) if issued_at is None else issued_at
    header = {"alg": "HS256", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    payload = {"sub": sub, "email": email, "iat": now, "exp": now + expires_in} | claims
    parts = [
        json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()
        for part in (header, payload)
    ]
    signing_input = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return b".".join([signing_input, key.sign(signing_input)]).decode()


def bearer(token: str) -> dict[str, str]:
    """The header that carries *token*, for any client: ``client.get(path, headers=bearer(…))``."""
    return {"Authorization": f"Bearer {token}"}


def client_of(app: Any, sub: str = "test-user", **pass_of: Any) -> "TestClient":
    """Return a Starlette TestClient of *app* whose requests carry a pass of *sub*.

    *pass_of* are further arguments of ``mint``. Needs Starlette and what its TestClient needs.
    """
    from starlette.testclient import TestClient

    return TestClient(app, headers=bearer(mint(sub, **pass_of)))


@contextlib.contextmanager
def override(user: User[Any] | None) -> Iterator[None]:
    """Meanwhile every gate of this process takes every request for *user*'s, whatever it carries.

    With None everyone is a stranger: 401, and an optional user is None.
    """

    def found(*_: object) -> User[Any]:
        if user is None:
            raise MissingToken
        return replace(user, expires_at=user.expires_at or time.time() + 3600)

    async def identify(*_: object) -> User[Any]:
        return found()

    with (
        mock.patch.object(GatepassMiddleware, "identify", identify),
        mock.patch.object(GatepassWSGIMiddleware, "identify", found),
    ):
        yield
