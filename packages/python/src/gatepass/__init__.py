"""Gatepass: verifies the pass that Better Auth issues, without asking anyone."""

from .bearer import Verifier, www_authenticate
from .errors import ConfigurationError, ExpiredToken, InvalidToken, MissingToken, Reason, TokenError
from .keyring import KeyRing
from .middleware import GatepassMiddleware
from .paths import under
from .protection import protect, verifier_from_env
from .user import User
from .verifier import TokenVerifier

__version__ = "0.1.0"

__all__ = [
    "ConfigurationError",
    "ExpiredToken",
    "GatepassMiddleware",
    "InvalidToken",
    "KeyRing",
    "MissingToken",
    "Reason",
    "TokenError",
    "TokenVerifier",
    "User",
    "Verifier",
    "protect",
    "under",
    "verifier_from_env",
    "www_authenticate",
]
