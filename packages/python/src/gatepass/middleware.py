"""GatepassMiddleware: the gate in front of an ASGI application, closed by default.

Every request needs a good pass unless its path is public: a route that nobody thought about is
protected. The user is then ``scope["gatepass.user"]``.
"""

import inspect
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from .bearer import (
    GATE_KEY,
    USER_KEY,
    Verifier,
    bearer_token,
    error_body,
    log_refusal,
    logger,
    require_verifier,
    verified,
    www_authenticate,
)
from .errors import ConfigurationError, InvalidToken, TokenError
from .paths import Access, PathRule, RoutePaths
from .sockets import ending, with_header
from .user import User

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
OnError = Callable[[Scope, TokenError], ASGIApp | Awaitable[ASGIApp]]
IsRevoked = Callable[[User[Any]], bool | Awaitable[bool]]

WEBSOCKET_POLICY_VIOLATION = 1008  # RFC 6455 section 7.4.1


def unauthorized(_scope: Scope, error: TokenError) -> ASGIApp:
    """The default ``on_error``: an application that answers 401 with a JSON body."""
    body = error_body(error)
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
        public_paths: what is open to everyone: exact paths, ``under(prefix)``, functions of method
            and path. ``"/health"`` opens neither ``/health/`` nor ``//health``. The path is the
            one that the application's router sees: without ``root_path``. The method of a
            WebSocket is ``"WEBSOCKET"``.
        protected_paths: if given, these alone need a pass.
        on_error: called with the scope and the TokenError of a refused HTTP request; returns
            the application that answers it, or an awaitable of it. If it fails, the default 401
            is the answer. A refused WebSocket is closed with 1008 before it is accepted.
        is_revoked: asked about each holder of a good pass, for those who must end a pass before
            its time; may be async. True refuses it. If it raises, the request fails with that
            error.

    A WebSocket is closed with 4401 when its pass ends.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: Verifier,
        public_paths: Collection[PathRule] = (),
        protected_paths: Collection[PathRule] | None = None,
        on_error: OnError = unauthorized,
        is_revoked: IsRevoked | None = None,
    ) -> None:
        require_verifier(verifier)
        for name, hook in (("on_error", on_error), ("is_revoked", is_revoked)):
            if hook is not None and not callable(hook):
                raise ConfigurationError(f"{name} is {hook!r}: pass a function")
        self.app = app
        self.route_paths = RoutePaths(app)
        self.verifier = verifier
        self.access = Access(public_paths, protected_paths)
        self.on_error = on_error
        self.is_revoked = is_revoked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self.app(scope, receive, send)
            return
        if kind == "websocket":
            scope, send = with_header(scope, send)
        # Upper case, as some frameworks make it.
        method: str = (scope.get("method") or kind).upper()
        paths = self.route_paths.of(scope)
        if all(self.access.is_public(method, path) for path in paths):
            scope[GATE_KEY] = self
            await self.app(scope, receive, send)
            return
        try:
            user = await self.identify(scope)
        except TokenError as error:
            refused = error
        else:
            scope[USER_KEY] = user
            if kind == "websocket":
                async with ending(user.expires_at, send) as until:
                    await self.app(scope, receive, until)
            else:
                await self.app(scope, receive, send)
            return
        log_refusal(method, paths[0], refused)
        if kind == "websocket":
            await send({"type": "websocket.close", "code": WEBSOCKET_POLICY_VIOLATION})
        else:
            await self._refuse(scope, receive, send, refused)

    async def identify(self, scope: Scope) -> User[Any]:
        """Return the holder of the request's pass. Raises a TokenError if there is none."""
        values = [value for name, value in scope["headers"] if name == b"authorization"]
        user = verified(self.verifier, bearer_token(values))
        if self.is_revoked is not None:
            revoked = self.is_revoked(user)
            if inspect.isawaitable(revoked):
                revoked = await revoked
            if revoked:
                raise InvalidToken("revoked")
        return user

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, error: TokenError) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            answer = self.on_error(scope, error)
            if inspect.isawaitable(answer):
                answer = await answer
            await answer(scope, receive, watched)
        except Exception:
            if started:
                raise
            logger.exception("on_error failed, so the default 401 is the answer")
            await unauthorized(scope, error)(scope, receive, send)
