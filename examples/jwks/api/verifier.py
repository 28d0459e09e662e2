"""Takes passes of both kinds: the shared secret's, and those signed with a key of a JWKS.

Whoever has to take the secret out of the API (other people run it, say) first teaches the API both
kinds, then lets Better Auth's `jwt()` plugin issue, and drops the first kind when the last old pass
has ended. Nobody is signed out meanwhile.
"""

import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import jwt

from gatepass import ExpiredToken, InvalidToken, TokenVerifier, User

ALGORITHMS = ["EdDSA", "ES256"]  # asymmetric only: a public key is never a secret
REQUIRED = ["sub", "email", "iat", "exp"]
MAX_TOKEN_BYTES = 8192


@dataclass
class BothKinds:
    """A Verifier. `refresh` is called ahead, so that no stranger's `kid` starts a request.

    Attributes:
        shared: takes the passes of the shared secret.
        jwks_url: Better Auth's `/api/auth/jwks`.
        issuer, audience: what `iss` and `aud` must be.
    """

    shared: TokenVerifier
    jwks_url: str
    issuer: str
    audience: str
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)

    def refresh(self) -> None:
        """Fetch the key set (blocking). The former one stays if that fails."""
        with urllib.request.urlopen(self.jwks_url, timeout=5) as answer:  # noqa: S310 - our own
            found = jwt.PyJWKSet.from_dict(json.load(answer))
        self.keys = {key.key_id: key for key in found.keys if key.key_id}

    def verify(self, token: str | bytes, /) -> User[Any]:
        """Return the user or raise a TokenError."""
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("too_large")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise InvalidToken("malformed") from None
        if header.get("alg") == "HS256":
            return self.shared.verify(token)
        key = self.keys.get(header.get("kid") or "")
        if key is None:
            raise InvalidToken("unknown_kid")
        rules: dict[str, Any] = {
            "algorithms": ALGORITHMS,
            "issuer": self.issuer,
            "audience": self.audience,
            "leeway": 5,
        }
        try:
            try:
                claims = jwt.decode(token, key, options={"require": REQUIRED}, **rules)
            except jwt.ExpiredSignatureError:  # the first rule that PyJWT asks, not the only one
                over = {"require": REQUIRED, "verify_exp": False}
                raise ExpiredToken(jwt.decode(token, key, options=over, **rules)["exp"]) from None
        except jwt.InvalidTokenError:
            raise InvalidToken("bad_signature") from None
        if not isinstance(claims["email"], str):
            raise InvalidToken("bad_email")
        return User(claims["sub"], claims["email"], claims["iat"], claims["exp"], claims)
