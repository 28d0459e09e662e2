"""Gatepass: verifies the pass that Better Auth issues, without asking anyone."""

from .errors import ConfigurationError, ExpiredToken, InvalidToken, MissingToken, TokenError
from .keyring import KeyRing
from .middleware import GatepassMiddleware, www_authenticate
from .user import User
from .verifier import TokenVerifier

__all__ = [
    "ConfigurationError",
    "ExpiredToken",
    "GatepassMiddleware",
    "InvalidToken",
    "KeyRing",
    "MissingToken",
    "TokenError",
    "TokenVerifier",
    "User",
    "www_authenticate",
]
