"""What can be wrong with a pass, as facts rather than sentences.

    TokenError                 nobody was recognised: answer 401
    ├── MissingToken           no bearer token was presented
    ├── ExpiredToken           a signed pass that ended at ``expired_at``: renew it
    └── InvalidToken           anything else; ``reason`` says which rule refused it

    ConfigurationError         a setting that cannot be used: refuse to start

``reason`` is a stable snake_case code for logs and never contains a part of the token.
"""

from typing import Literal

Reason = Literal[
    "missing_token",
    "several_authorization_headers",
    "too_large",
    "malformed",
    "bad_encoding",
    "bad_header",
    "unsupported_alg",
    "critical_header",
    "unsupported_typ",
    "bad_kid",
    "unknown_kid",
    "bad_signature",
    "bad_payload",
    "bad_sub",
    "bad_email",
    "bad_iat",
    "bad_exp",
    "bad_nbf",
    "expired",
    "lifetime_too_long",
    "issued_in_future",
    "not_yet_valid",
    "bad_aud",
    "bad_claims",
    "revoked",
]


class TokenError(Exception):
    """A request that carries no usable pass.

    Attributes:
        reason: stable code, e.g. ``"bad_signature"``; for the log, not for the caller.
    """

    reason: Reason

    def __str__(self) -> str:
        return self.reason


class MissingToken(TokenError):  # noqa: N818 - a family with TokenError as its surname
    """The request presented no bearer token at all (RFC 6750 section 3.1)."""

    reason: Reason = "missing_token"


class ExpiredToken(TokenError):  # noqa: N818 - a family with TokenError as its surname
    """A rightly signed pass with good claims, after its ``exp``.

    Attributes:
        expired_at: seconds since the epoch, the whole part of ``exp``.
    """

    reason: Reason = "expired"

    def __init__(self, expired_at: int) -> None:
        self.expired_at = expired_at


class InvalidToken(TokenError):  # noqa: N818 - a family with TokenError as its surname
    """A token that breaks a rule; ``reason`` names the rule (listed in ``verifier.py``)."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


class ConfigurationError(ValueError):
    """A setting that must not be used. ``str()`` is one line: what it is and the fix."""
