"""``protect``: gate and CORS around an ASGI application, in the right order."""

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from .bearer import Verifier
from .errors import ConfigurationError
from .keyring import KeyRing
from .middleware import GatepassMiddleware, IsRevoked, OnError, unauthorized
from .paths import PathRule, listed
from .user import C
from .verifier import MAX_LEEWAY_SECONDS, TokenVerifier

_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:]+\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def protect(
    app: Any,
    *,
    public: Collection[PathRule] = (),
    only: Collection[PathRule] | None = None,
    cors_origins: Collection[str] | None = None,
    verifier: Verifier | None = None,
    on_error: OnError = unauthorized,
    is_revoked: IsRevoked | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Any:
    """Put the gate around *app*, and CORS around the gate: a browser must be able to read a 401.

    Args:
        app: FastAPI and Starlette get both as middleware, and what is added later stands
            outside; any other ASGI application is wrapped.
        public: what is open to everyone (``public_paths`` of GatepassMiddleware).
        only: if given, these alone need a pass (``protected_paths``).
        cors_origins: exact origins of pages that may call; by default CORS_ORIGINS, separated by
            commas. Without any, pages of other origins cannot call.
        verifier: by default one of BETTER_AUTH_SECRET, BETTER_AUTH_SECRETS and JWT_LEEWAY.
        environ: where these variables are read.

    Returns *app* or what is wrapped around it. Raises ConfigurationError: one line that names
    the variable and the fix.
    """
    gate: dict[str, Any] = {
        "verifier": verifier or verifier_from_env(environ),
        "public_paths": listed(public, "public"),
        "protected_paths": None if only is None else listed(only, "only"),
        "on_error": on_error,
        "is_revoked": is_revoked,
    }
    GatepassMiddleware(app, **gate)  # Starlette makes its own with the first request: too late
    layers: list[tuple[Any, dict[str, Any]]] = [(GatepassMiddleware, gate)]
    if origins := allowed_origins(cors_origins, environ):
        from starlette.middleware.cors import CORSMiddleware

        cors = {
            "allow_origins": origins,
            "allow_methods": ["*"],
            "allow_headers": ["*"],
            "expose_headers": ["WWW-Authenticate", "Retry-After"],
            "max_age": 600,
        }
        layers.append((CORSMiddleware, cors))
    for layer, arguments in layers:
        if hasattr(app, "add_middleware"):
            app.add_middleware(layer, **arguments)
        else:
            app = layer(app, **arguments)
    return app


def verifier_from_env(
    environ: Mapping[str, str] = os.environ,
    *,
    audience: str | None = None,
    claims: Callable[..., C] | None = None,
) -> TokenVerifier[C]:
    """The verifier of BETTER_AUTH_SECRET, BETTER_AUTH_SECRETS and JWT_LEEWAY (seconds, 0 to 60).

    *audience* and *claims* are TokenVerifier's. Raises ConfigurationError.
    """
    return TokenVerifier(
        KeyRing.from_env(environ),
        leeway=leeway_from_env(environ),
        audience=audience,
        claims=claims,
    )


def leeway_from_env(environ: Mapping[str, str]) -> float:
    """JWT_LEEWAY in seconds, 5 when it is unset. Raises ConfigurationError."""
    text = environ.get("JWT_LEEWAY") or "5"
    try:
        leeway = float(text)
    except ValueError:
        leeway = -1
    if not 0 <= leeway <= MAX_LEEWAY_SECONDS:
        raise ConfigurationError(
            f"JWT_LEEWAY is {text!r}: write a number of seconds from 0 to {MAX_LEEWAY_SECONDS}"
        )
    return leeway


def allowed_origins(origins: Collection[str] | None, environ: Mapping[str, str]) -> list[str]:
    """Return *origins*, else those of CORS_ORIGINS. Raises ConfigurationError for no origin."""
    if isinstance(origins, str):
        raise TypeError('cors_origins is a collection: write ["http://localhost:3000"]')
    if origins is None:
        text = environ.get("CORS_ORIGINS") or ""
        origins = [origin.strip() for origin in text.split(",") if origin.strip()]
    origins = list(origins)
    for origin in origins:
        if not _is_exact(origin):
            raise ConfigurationError(
                f"CORS_ORIGINS: {origin!r} is not what a browser sends: list exact origins such "
                "as http://localhost:3000, without a path, a slash at the end, a default port or *"
            )
    return origins


def _is_exact(origin: str) -> bool:
    """Whether a browser's Origin header can be this (RFC 6454, section 6.2)."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else f"{parts.hostname}"
    shown = "" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
    return (
        parts.scheme in _DEFAULT_PORTS
        and bool(_HOST.fullmatch(host))
        and origin == f"{parts.scheme}://{host}{shown}"
    )
