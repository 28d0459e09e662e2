"""Explains each reason of the verifier: what is wrong with the token and what to do."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import ExpiredToken, TokenError
from ..keyring import Key, KeyRing
from ..verifier import MAX_LIFETIME_SECONDS, MAX_TOKEN_BYTES
from .readings import other_readings

ISSUE = "get a pass from GET /api/auth/gatepass/token on the frontend"
MAX_SENSIBLE_LEEWAY = 60
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


@dataclass(frozen=True)
class Refusal:
    """A refused token; for each reason of the verifier a method of its name explains it."""

    token: str
    header: dict[str, Any]
    claims: dict[str, Any]
    keys: KeyRing
    environ: Mapping[str, str]
    leeway: float
    now: float
    error: TokenError

    def explain(self) -> str:
        """Return a sentence or two for the one who has to set it right."""
        explanation: Callable[[], str] = getattr(self, self.error.reason)
        return explanation()

    def too_large(self) -> str:
        return f"It has {len(self.token)} bytes, at most {MAX_TOKEN_BYTES} are allowed: {ISSUE}."

    def malformed(self) -> str:
        if not self.token:
            return "Nothing was given: write the token behind the command, or pipe it in."
        if copied := self._copied_along():
            return copied
        parts = self.token.count(".") + 1
        if parts == 1 and self.token.isalnum():
            return (
                "Without a dot it is no JWT. The `token` in the answer to a sign-in is Better "
                f"Auth's session; the pass is in its header set-auth-jwt. Or {ISSUE}."
            )
        if parts == 2 and self.header:
            return "Its third part, the signature, is missing: it was cut off."
        if parts == 5:
            return (
                "Five parts are an encrypted token (JWE), such as Better Auth's session cookie "
                f"cache: {ISSUE}."
            )
        if parts == 2 and len(self.token) > 60:
            return (
                "Two parts are Better Auth's session cookie, which belongs to the browser and the "
                f"frontend alone: {ISSUE}."
            )
        if not self.token.isascii():
            return f"It contains {_first(self.token, lambda c: not c.isascii())}, a token is ASCII."
        count = "1 part" if parts == 1 else f"{parts} parts"
        return f"It has {count} between dots, a token has three; was it cut off?"

    def bad_encoding(self) -> str:
        if said := self._copied_along() or self._foreign_character():
            return said
        return (
            "A part is not canonical base64url (RFC 7515 section 2): its last character is wrong. "
            "It was cut off or written by a faulty encoder."
        )

    def _copied_along(self) -> str:
        words = re.match(r"(authorization: *)?bearer |set-auth-jwt: *", self.token, re.IGNORECASE)
        return f"Leave out {words[0].strip()!r}: it is copied along." if words else ""

    def _foreign_character(self) -> str:
        foreign = _first(self.token, lambda character: character not in BASE64URL)
        return foreign and (
            f"It contains {foreign}, which base64url has not: copy the token alone and whole."
        )

    def bad_header(self) -> str:
        return (
            "The first part is not one JSON object in UTF-8 without duplicate members: this is no "
            f"token, or it was damaged; {ISSUE}."
        )

    def bad_payload(self) -> str:
        return (
            "The signature is right, but the second part is not one JSON object in UTF-8 without "
            "duplicate members (RFC 7519 section 7.2): correct what issues it."
        )

    def unsupported_alg(self) -> str:
        alg = self.header.get("alg")
        if alg in ("EdDSA", "Ed25519", "ES256", "ES512", "RS256", "PS256"):
            return (
                f"It is signed with {alg}, as Better Auth's official jwt() plugin or another "
                "provider does; Gatepass takes HS256 with the shared secret alone. Use the "
                f"gatepass() plugin of gatepass and {ISSUE}, not from /api/auth/token."
            )
        if str(alg).lower() == "none":
            return "It is unsigned (alg none): anybody can write such a token. It is a forgery."
        return f'Its alg is {json.dumps(alg)}, only "HS256" is accepted (RFC 7515 section 4.1.1).'

    def critical_header(self) -> str:
        return (
            "Its header demands an extension (crit or b64), and none is supported (RFC 7515 "
            "section 4.1.11): issue it without."
        )

    def unsupported_typ(self) -> str:
        return (
            f"Its typ is {json.dumps(self.header.get('typ'))}: a token for another purpose. A pass "
            'has typ "JWT" or none.'
        )

    def bad_kid(self) -> str:
        kid = json.dumps(self.header.get("kid"))
        return f'Its kid is {kid}: write it as a string, e.g. "2" (RFC 7515 section 4.1.4).'

    def unknown_kid(self) -> str:
        kid = self.header.get("kid")
        return (
            f"Its kid is {json.dumps(kid)}, but BETTER_AUTH_SECRETS has the versions "
            f"{', '.join(self.keys.versions)} here. Give both halves the same BETTER_AUTH_SECRETS; "
            "in a rotation the backend gets the new entry first."
        )

    def bad_signature(self) -> str:
        signing_input, _, signature = self.token.rpartition(".")
        for name, secret in other_readings(self.environ).items():
            if Key(secret).sign(signing_input.encode()) == signature.encode():
                return f"It was signed with {name}."
        if foreign := self._foreign_character():
            return foreign
        if len(signature) != 43:
            return f"Its signature has {len(signature)} characters, not 43: cut off or damaged."
        return (
            "It was signed with another secret, or changed after signing. Give both halves the "
            "same BETTER_AUTH_SECRET and restart both; `gatepass doctor` compares them."
        )

    def bad_sub(self) -> str:
        if {"session", "user"} <= self.claims.keys():
            return f"This is Better Auth's session cookie cache, not a pass: {ISSUE}."
        if "sub" not in self.claims and "email" in self.claims:
            return (
                "This is a token of Better Auth's e-mail verification, or its issuer leaves out "
                f"sub: {ISSUE}."
            )
        return self._claim("sub", "the user's id, a string that is not empty")

    def bad_email(self) -> str:
        return self._claim("email", "a string")

    def bad_iat(self) -> str:
        return self._claim("iat", "a number, the seconds since 1970 when it was issued")

    def bad_exp(self) -> str:
        return self._claim("exp", "a number, the seconds since 1970 when it ends")

    def bad_nbf(self) -> str:
        return self._claim("nbf", "a number, the seconds since 1970 from which it is good")

    def _claim(self, name: str, wanted: str) -> str:
        if name not in self.claims:
            return f"The claim {name} is missing: its issuer must add {wanted}."
        return f"The claim {name} is {json.dumps(self.claims[name])}: it must be {wanted}."

    def expired(self) -> str:
        assert isinstance(self.error, ExpiredToken)
        ago = self.now - self.error.expired_at
        text = f"It ended {ago:.0f} seconds ago, at {_moment(self.error.expired_at)}: {ISSUE}."
        lifetime = self.claims["exp"] - self.claims["iat"]
        if ago < 120 and lifetime >= 300:
            text += " If it is fresh, this machine's clock is ahead of the issuer's."
        return text

    def lifetime_too_long(self) -> str:
        if self.claims["exp"] > 1e11:
            return "Its exp counts milliseconds: it must count seconds."
        lifetime = self.claims["exp"] - self.claims["iat"]
        return (
            f"It lives {lifetime:.0f} seconds, at most {MAX_LIFETIME_SECONDS} are accepted: lower "
            "JWT_EXPIRES_IN, or the lifetime at whatever issues it."
        )

    def issued_in_future(self) -> str:
        return self._skew("iat")

    def not_yet_valid(self) -> str:
        return self._skew("nbf")

    def _skew(self, name: str) -> str:
        if self.claims[name] > 1e11:
            return f"Its {name} counts milliseconds: it must count seconds."
        ahead = self.claims[name] - self.now
        text = (
            f"Its {name} is {ahead:.0f} seconds ahead of this machine's clock (skew), "
            f"{self.leeway:g} are forgiven: set both clocks by NTP"
        )
        if ahead > MAX_SENSIBLE_LEEWAY:
            return f"{text}."
        return f"{text}, or the verifier's leeway (JWT_LEEWAY) to {ahead:.0f} or more."


def _first(text: str, wanted: Callable[[str], bool]) -> str:
    """Name the first character of *text* that is wanted, or nothing."""
    for at, character in enumerate(text):
        if wanted(character):
            return f"{character!r} at position {at}"
    return ""


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} seconds since 1970"
