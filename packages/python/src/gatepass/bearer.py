"""The bearer token of a request and the answer to a refusal (RFC 6750), for ASGI and WSGI alike."""

import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol

from .errors import ConfigurationError, ExpiredToken, InvalidToken, MissingToken, TokenError
from .functions import is_async
from .user import User

USER_KEY = "gatepass.user"  # in the ASGI scope and the WSGI environ
GATE_KEY = "gatepass.gate"  # there on public paths, for whoever wants an optional user

logger = logging.getLogger("gatepass")


class Verifier(Protocol):
    """What a gate asks about a token; ``TokenVerifier`` is one.

    ``verify`` returns the user or raises a ``TokenError``. It must not block: what it needs to
    know from elsewhere, such as a key set, is fetched ahead.
    """

    def verify(self, token: str | bytes, /) -> User[Any]: ...


def require_verifier(verifier: Any) -> None:
    """Refuse what a gate could not ask. Raises ConfigurationError."""
    verify = getattr(verifier, "verify", None)
    if not callable(verify):
        raise ConfigurationError(
            f"verifier is a {type(verifier).__name__}: pass a TokenVerifier, or an object "
            "with its verify(token)"
        )
    if is_async(verify):
        raise ConfigurationError(
            f"verifier is a {type(verifier).__name__} whose verify is async: write one that "
            "returns the User itself, and fetch what it needs ahead"
        )


def verified(verifier: Verifier, token: bytes) -> User[Any]:
    """The user whom the verifier finds. Raises a TokenError for none.

    Another answer lets nobody in. It is a fault of ours, so it is a TypeError and not a 401, with
    which every browser would sign its user out.
    """
    user = verifier.verify(token)
    if not isinstance(user, User):
        raise TypeError(
            f"{type(verifier).__name__}.verify returned a {type(user).__name__} instead of a "
            "User: return one, or raise a TokenError"
        )
    return user


def bearer_token(values: Sequence[bytes]) -> bytes:
    """Return the token of all Authorization values of a request, or raise a TokenError."""
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
    return token


def www_authenticate(error: TokenError) -> str:
    """Return the ``WWW-Authenticate`` value of a 401 (RFC 6750 section 3).

    Without a token there is no error to tell of (section 3.1). Beyond "expired", which the
    caller can mend, it is not told which rule refused a token.
    """
    if isinstance(error, MissingToken):
        return "Bearer"
    return f'Bearer error="invalid_token", error_description="{_description(error)}"'


def error_body(error: TokenError) -> bytes:
    """The JSON body of the default 401: ``error`` and ``error_description`` as in the header."""
    members = {} if isinstance(error, MissingToken) else {"error": "invalid_token"}
    members["error_description"] = _description(error)
    return json.dumps(members, separators=(",", ":")).encode()


def log_refusal(method: str, path: str, error: TokenError) -> None:
    """One line with the reason; the path without its query, which might hold a token.

    A pass that is missing or over is everyday life (info), any other refusal is not (warning).
    """
    everyday = isinstance(error, (MissingToken, ExpiredToken))
    level = logging.INFO if everyday else logging.WARNING
    if logger.isEnabledFor(level):
        logger.log(
            level,
            "refused %a %a: %s",
            method[:20],
            path[:200],
            error.reason,
            extra={"reason": error.reason},
        )


def _description(error: TokenError) -> str:
    if isinstance(error, MissingToken):
        return "No bearer token was presented"
    return "The token expired" if isinstance(error, ExpiredToken) else "The token is invalid"
