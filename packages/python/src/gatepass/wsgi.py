"""The gate for WSGI applications, Flask and Django say: the same rules as the ASGI one.

    protect(app, public=["/health"], cors_origins=["http://localhost:3000"])       # Flask
    application = protect(get_wsgi_application(), public=["/health"])              # Django

The user is then ``environ["gatepass.user"]``: ``request.environ[...]`` in Flask,
``request.META[...]`` in Django. Under Apache, ``WSGIPassAuthorization On`` is needed.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
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
from .errors import ConfigurationError, InvalidToken, MissingToken, TokenError
from .functions import is_async
from .paths import Access, PathRule
from .protection import allowed_origins, verifier_from_env
from .user import User

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]
OnError = Callable[[Environ, TokenError], WSGIApp]


def unauthorized(_environ: Environ, error: TokenError) -> WSGIApp:
    """The default ``on_error``: an application that answers 401 with a JSON body."""
    body = error_body(error)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("WWW-Authenticate", www_authenticate(error)),
    ]

    def answer(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("401 Unauthorized", headers)
        return [body]

    return answer


class GatepassWSGIMiddleware:
    """WSGI middleware that lets only holders of a good pass through (PEP 3333).

    Args:
        app: the application behind the gate.
        verifier: decides about tokens.
        public_paths: what is open to everyone: exact paths, ``under(prefix)``, functions of method
            and path. The path is PATH_INFO, so without SCRIPT_NAME.
        protected_paths: if given, these alone need a pass.
        on_error: called with the environ and the TokenError of a refused request; returns the
            application that answers it. If it fails before it returns, the default 401 is
            the answer.
        is_revoked: asked about each holder of a good pass; True refuses it.
    """

    def __init__(
        self,
        app: WSGIApp,
        *,
        verifier: Verifier,
        public_paths: Collection[PathRule] = (),
        protected_paths: Collection[PathRule] | None = None,
        on_error: OnError = unauthorized,
        is_revoked: Callable[[User[Any]], bool] | None = None,
    ) -> None:
        require_verifier(verifier)
        for name, hook in (("on_error", on_error), ("is_revoked", is_revoked)):
            if hook is not None and (not callable(hook) or is_async(hook)):
                raise ConfigurationError(f"{name} is {hook!r}: pass a function that is not async")
        self.app = app
        self.verifier = verifier
        self.access = Access(public_paths, protected_paths)
        self.on_error = on_error
        self.is_revoked = is_revoked

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        method: str = environ["REQUEST_METHOD"].upper()  # as some frameworks make it
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        if self.access.is_public(method, path):
            environ[GATE_KEY] = self
            return self.app(environ, start_response)
        try:
            environ[USER_KEY] = self.identify(environ)
        except TokenError as error:
            refused = error
        else:
            return self.app(environ, start_response)
        log_refusal(method, path, refused)
        begun = []

        def begin(*head: Any) -> Any:
            begun.append(head)
            return start_response(*head)

        try:
            return self.on_error(environ, refused)(environ, begin)
        except Exception:
            logger.exception("on_error failed, so the default 401 is the answer")
            # PEP 3333: how an answer that has begun is begun anew.
            failure = (sys.exc_info(),) if begun else ()
            answer = unauthorized(environ, refused)
            return answer(environ, lambda *head: start_response(*head, *failure))

    def identify(self, environ: Environ) -> User[Any]:
        """Return the holder of the request's pass. Raises a TokenError if there is none."""
        # A server joins several headers with commas, which no token has: they are refused, too.
        value: str | None = environ.get("HTTP_AUTHORIZATION")
        values = [] if value is None else [value.encode("latin-1", "replace")]
        user = verified(self.verifier, bearer_token(values))
        if self.is_revoked is not None and self.is_revoked(user):
            raise InvalidToken("revoked")
        return user


def optional_user(environ: Environ) -> User[Any] | None:
    """The user on a public path, where there is one. Raises a TokenError for a bad token."""
    if (gate := environ.get(GATE_KEY)) is None:
        user: User[Any] | None = environ.get(USER_KEY)
        return user
    try:
        found: User[Any] = gate.identify(environ)
    except MissingToken:
        return None
    return found


def protect(
    app: Any,
    *,
    public: Collection[PathRule] = (),
    only: Collection[PathRule] | None = None,
    cors_origins: Collection[str] | None = None,
    verifier: Verifier | None = None,
    on_error: OnError = unauthorized,
    is_revoked: Callable[[User[Any]], bool] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Any:
    """Put the gate around *app*, and CORS around the gate; arguments as ``gatepass.protect``.

    A Flask application is wrapped in place (its ``wsgi_app``) and returned; of any other a
    wrapped one is returned. Raises ConfigurationError.
    """
    inner: WSGIApp = getattr(app, "wsgi_app", app)
    wrapped: WSGIApp = GatepassWSGIMiddleware(
        inner,
        verifier=verifier or verifier_from_env(environ),
        public_paths=public,
        protected_paths=only,
        on_error=on_error,
        is_revoked=is_revoked,
    )
    if origins := allowed_origins(cors_origins, environ):
        wrapped = _Cors(wrapped, origins)
    if inner is app:
        return wrapped
    app.wsgi_app = wrapped
    return app


class _Cors:
    """What a browser asks of an API on another origin (Fetch standard, section 3.2).

    For passes alone: no cookies, exact origins. WSGI has no kept library for it, and those of a
    framework stand inside the gate, where a browser would take each 401 for a CORS failure.
    """

    def __init__(self, app: WSGIApp, origins: list[str]) -> None:
        self.app = app
        self.origins = frozenset(origins)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        added = [("Vary", "Origin")]
        if origin in self.origins:
            added.append(("Access-Control-Allow-Origin", origin))
        asked: str | None = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if environ["REQUEST_METHOD"] == "OPTIONS" and origin and asked:
            if origin in self.origins:
                added += [
                    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
                    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
                    ("Access-Control-Max-Age", "600"),
                ]
            start_response("204 No Content" if origin in self.origins else "403 Forbidden", added)
            return []
        added.append(("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After"))

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *added], *more)

        return self.app(environ, start)
