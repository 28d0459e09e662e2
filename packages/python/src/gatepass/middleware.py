"""GatepassMiddleware: the gate in front of an ASGI application, closed by default.

Every request needs a good pass unless its exact path is listed as public: a route that nobody
thought about is protected. The user is then ``scope["gatepass.user"]``.
"""

import json
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from .errors import ExpiredToken, InvalidToken, MissingToken, TokenError
from .user import User
from .verifier import TokenVerifier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

USER_KEY = "gatepass.user"
WEBSOCKET_POLICY_VIOLATION = 1008  # RFC 6455 section 7.4.1


def www_authenticate(error: TokenError) -> str:
    """Return the ``WWW-Authenticate`` value of a 401 (RFC 6750 section 3).

    Without a token there is no error to tell of (section 3.1). Beyond "expired", which the
    caller can mend, it is not told which rule refused a token.
    """
    if isinstance(error, MissingToken):
        return "Bearer"
    what = "expired" if isinstance(error, ExpiredToken) else "is invalid"
    return f'Bearer error="invalid_token", error_description="The token {what}"'


def unauthorized(_scope: Scope, error: TokenError) -> ASGIApp:
    """The default ``on_error``: an application that answers 401 with a JSON body."""
    missing = isinstance(error, MissingToken)
    what = "Missing bearer token" if missing else "Invalid or expired token"
    content = {
        "detail": f"Unauthorized - {what}",
        "status_code": 401,
        "error_type": "authentication_error",
    }
    body = json.dumps(content, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"www-authenticate", www_authenticate(error).encode()),
    ]

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


class GatepassMiddleware:
    """Pure ASGI middleware that lets only holders of a good pass through.

    Args:
        app: the application behind the gate.
        verifier: decides about tokens.
        public_paths: paths open to everyone, compared exactly with ``scope["path"]``:
            ``/health`` opens neither ``/health/`` nor ``//health``.
        on_error: called with the scope and the TokenError of a refused HTTP request; returns
            the application that answers it. A refused WebSocket is closed before it is accepted.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: TokenVerifier,
        public_paths: Collection[str] = (),
        on_error: Callable[[Scope, TokenError], ASGIApp] = unauthorized,
    ) -> None:
        if isinstance(public_paths, str):
            raise TypeError('public_paths is a collection of paths: write ["/health"]')
        self.app = app
        self.verifier = verifier
        self.public_paths = frozenset(public_paths)
        self.on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in self.public_paths:
            await self.app(scope, receive, send)
            return
        try:
            scope[USER_KEY] = self._user(scope)
        except TokenError as error:
            refused = error
        else:
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": WEBSOCKET_POLICY_VIOLATION})
            return
        await self.on_error(scope, refused)(scope, receive, send)

    def _user(self, scope: Scope) -> User:
        values = [value for name, value in scope["headers"] if name == b"authorization"]
        if not values:
            raise MissingToken
        # Which of two headers counts is a guess that a proxy may make differently: RFC 9110
        # section 5.3 allows one, RFC 6750 section 2 one method of sending the token.
        if len(values) > 1:
            raise InvalidToken("several_authorization_headers")
        # credentials = "Bearer" 1*SP b64token (RFC 6750 section 2.1), the scheme in any case
        # (RFC 9110 section 11.1). The verifier refuses whatever is not a token.
        # White space after a header's value is no part of it (RFC 9110 section 5.5), yet some
        # servers leave it on.
        scheme, _, rest = values[0].rstrip(b" \t").partition(b" ")
        token = rest.lstrip(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise MissingToken
        return self.verifier.verify(token)
