"""What can be wrong with a pass, as facts rather than sentences.

    TokenError                 nobody was recognised: answer 401
    ├── MissingToken           no bearer token was presented
    ├── ExpiredToken           a signed pass that ended at ``expired_at``: renew it
    └── InvalidToken           anything else; ``reason`` says which rule refused it

    ConfigurationError         a secret that cannot be used: refuse to start

``reason`` is a stable snake_case code for logs and never contains a part of the token.
"""


class TokenError(Exception):
    """A request that carries no usable pass.

    Attributes:
        reason: stable code, e.g. ``"bad_signature"``; for the log, not for the caller.
    """

    reason: str

    def __str__(self) -> str:
        return self.reason


class MissingToken(TokenError):  # noqa: N818 - a family with TokenError as its surname
    """The request presented no bearer token at all (RFC 6750 section 3.1)."""

    reason = "missing_token"


class ExpiredToken(TokenError):  # noqa: N818 - a family with TokenError as its surname
    """A rightly signed pass with good claims, after its ``exp``.

    Attributes:
        expired_at: seconds since the epoch, the whole part of ``exp``.
    """

    reason = "expired"

    def __init__(self, expired_at: int) -> None:
        self.expired_at = expired_at


class InvalidToken(TokenError):  # noqa: N818 - a family with TokenError as its surname
    """A token that breaks a rule; ``reason`` names the rule (listed in ``verifier.py``)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class ConfigurationError(ValueError):
    """A secret that must not be used. ``str()`` is one line: the variable and the fix."""
