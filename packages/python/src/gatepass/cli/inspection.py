"""``gatepass inspect``: which rule refuses a token, and what to do about it.

The verdict is TokenVerifier's own; what is here only explains it. Nothing shows a secret.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError, TokenError
from ..keyring import KeyRing
from ..verifier import MAX_TOKEN_BYTES, TokenVerifier
from .refusals import Refusal


@dataclass(frozen=True)
class Report:
    """What was found: ``reason`` is None for a good token."""

    reason: str | None
    lines: tuple[str, ...]


def inspect(token: str, environ: Mapping[str, str], *, leeway: float, now: float) -> Report:
    """Judge *token* with the secrets of *environ* and explain the verdict.

    Without a usable secret every rule but the signature is checked.
    """
    token = token.strip()
    header, claims = _parts(token)
    lines = [f"header  {json.dumps(header)}"] if header else []
    lines += [f"claims  {json.dumps(claims)}"] if claims else []
    judged = token
    try:
        keys, unsigned = KeyRing.from_env(environ), ""
    except ConfigurationError as error:
        keys, unsigned = (
            KeyRing.single(secrets.token_urlsafe(32)),
            f"SIGNATURE NOT CHECKED: {error}",
        )
        if token.isascii() and token.count(".") == 2:
            judged = _signed_anew(token, keys)
    verifier = TokenVerifier(keys, leeway=leeway, clock=lambda: now)
    try:
        user = verifier.verify(judged)
    except TokenError as error:
        refusal = Refusal(token, header, claims, keys, environ, leeway, now, error)
        return Report(error.reason, (*lines, f"REFUSED: {error.reason}", refusal.explain()))
    left = claims["exp"] - now
    verdict = f"user {user.id!a}, email {user.email!a}, for another {left:.0f} seconds"
    if unsigned:
        return Report("no_secret", (*lines, f"otherwise good: {verdict}", unsigned))
    return Report(None, (*lines, f"GOOD: {verdict}"))


def _signed_anew(token: str, keys: KeyRing) -> str:
    signing_input = token.rpartition(".")[0]
    return f"{signing_input}.{keys.current[1].sign(signing_input.encode()).decode()}"


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decode header and claims leniently, as far as they can be read; for showing only."""
    values = [_lenient(segment) for segment in token[:MAX_TOKEN_BYTES].split(".")[:2]]
    header, claims = [*values, {}, {}][:2]
    return header, claims


def _lenient(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
