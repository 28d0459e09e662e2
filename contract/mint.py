"""Signs any bytes as a compact JWS: the tool of a tester or an attacker, so it checks nothing.

It shares no code with the issuer or the verifier: the golden tokens judge both of them.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

HEADER = b'{"alg":"HS256","typ":"JWT"}'

Part = bytes | str | Mapping[str, Any]


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(value: object) -> bytes:
    """Return *value* as JSON.stringify writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def part(value: Part) -> str:
    """Return a part of a token: a mapping becomes JSON, bytes are encoded, text is left alone."""
    if isinstance(value, str):
        return value
    return base64url(value if isinstance(value, bytes) else compact(value))


def signature(signing_input: str, secret: str | bytes, digest: str = "sha256") -> str:
    key = secret if isinstance(secret, bytes) else secret.encode()
    return base64url(hmac.new(key, signing_input.encode(), getattr(hashlib, digest)).digest())


def mint(header: Part, payload: Part, secret: str | bytes, digest: str = "sha256") -> str:
    """Return the compact JWS of *header* and *payload*, signed rightly whatever they say."""
    signing_input = f"{part(header)}.{part(payload)}"
    return f"{signing_input}.{signature(signing_input, secret, digest)}"
