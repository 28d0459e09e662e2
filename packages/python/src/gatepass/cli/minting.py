"""Signs a pass as the issuer does: for tests and for the doctor's own question."""

import base64
import json

from ..keyring import KeyRing


def mint(keys: KeyRing, *, sub: str, email: str, issued_at: int, expires_in: int) -> str:
    """Return a pass signed with the current secret; times in seconds since the epoch."""
    kid, key = keys.current
    header = {"alg": "HS256", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    claims = {"sub": sub, "email": email, "iat": issued_at, "exp": issued_at + expires_in}
    parts = [
        json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()
        for part in (header, claims)
    ]
    signing_input = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return b".".join([signing_input, key.sign(signing_input)]).decode()
