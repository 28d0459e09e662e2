"""TokenVerifier: a pass (compact JWS, HS256) in, a User out, TokenError otherwise.

Only the issuer's form is understood; everything else is refused, cheapest check first. The
rules, each with the ``reason`` it gives and the text it comes from:

    too_large           at most 8192 bytes, before anything is looked at (RFC 8725 section 2.4)
    malformed           ASCII, exactly three parts (RFC 7515 section 7.1)
    bad_encoding        canonical base64url: no padding, no other character, spare bits zero
                        (RFC 7515 section 2, RFC 4648 sections 3.2 and 3.5)
    bad_header          header is one JSON object, strict UTF-8, no member twice at any depth,
                        no NaN (RFC 7515 sections 4 and 5.2, RFC 8259 sections 6 and 8.1)
    unsupported_alg     "HS256", exactly so (RFC 7515 section 4.1.1, RFC 8725 section 3.1)
    critical_header     any "crit" or "b64" (RFC 7515 section 4.1.11, RFC 7797 section 3)
    unsupported_typ     absent or "JWT" in any case (RFC 7519 section 5.1, RFC 8725 section 3.11)
    bad_kid             not a string (RFC 7515 section 4.1.4)
    unknown_kid         no such version in the ring; no other key is tried
    bad_signature       compared in constant time (RFC 7515 section 5.2, RFC 2104)
    bad_payload         JSON object as strict as the header (RFC 7519 section 7.2)
    bad_sub, bad_email  strings of Unicode scalar values without NUL, sub not empty
                        (RFC 7519 section 4.1.2, RFC 8259 section 8.2)
    bad_iat, bad_exp, bad_nbf    JSON numbers, finite and exact (RFC 7519 section 2, NumericDate)
    expired             exp is not later than now (RFC 7519 section 4.1.4), as ExpiredToken
    lifetime_too_long   exp - iat is at most 24 hours
    issued_in_future    iat is later than now (RFC 7519 section 4.1.6)
    not_yet_valid       nbf is later than now (RFC 7519 section 4.1.5)
    bad_aud             only with ``audience``: aud is that text or a list with it (RFC 7519
                        section 4.1.3)
    bad_claims          only with ``claims``: the application's own claims are not as declared

The payload is parsed only after its signature was found good. Header members that point to
other keys (jwk, jku, x5u, x5c) are never followed (RFC 8725 section 3.10).
"""

import binascii
import inspect
import json
import re
import time
from collections.abc import Callable
from hmac import compare_digest
from typing import Any, Generic, TypeGuard

from .claims import reader_of
from .errors import ConfigurationError, ExpiredToken, InvalidToken, Reason
from .keyring import Key, KeyRing
from .user import C, User

MAX_TOKEN_BYTES = 8192
MAX_UNSIGNED_HEADER = 256  # characters of base64url; the issuer's have 36 to 70
MAX_LIFETIME_SECONDS = 86_400
MAX_LEEWAY_SECONDS = 60
MAX_NUMERIC_DATE = 2**53  # beyond it JSON numbers are not exact (RFC 8259 section 6)

# base64url to base64; the characters that only base64 has become ones that neither has
_FROM_BASE64URL = bytes.maketrans(b"-_+/=", b"+/!!!")
# JSON can escape half of a surrogate pair, which is no character and which UTF-8 cannot hold
_NOT_TEXT = re.compile("[\\0\ud800-\udfff]")


class TokenVerifier(Generic[C]):
    """Verifies passes without asking anyone. Immutable; safe to share between threads.

    Args:
        keys: the shared secrets.
        leeway: seconds from 0 to 60 by which the issuer's clock and this one may differ.
        clock: seconds since the epoch.
        audience: what ``aud`` must name, when services that share a secret do not take each
            other's passes; by default ``aud`` is not looked at.
        claims: what ``User.claims`` becomes: a dataclass or TypedDict whose fields are checked,
            or a function from the payload to anything, whose ValueError, TypeError or LookupError
            refuses the token. By default the whole payload as it is.

    Raises ConfigurationError for a setting that would let too much in.
    """

    def __init__(
        self,
        keys: KeyRing,
        *,
        leeway: float = 5,
        clock: Callable[[], float] = time.time,
        audience: str | None = None,
        claims: Callable[..., C] | None = None,
    ) -> None:
        if not isinstance(keys, KeyRing):
            raise ConfigurationError(
                f"keys is a {type(keys).__name__}: pass KeyRing.from_env(os.environ) or "
                "KeyRing.single(secret)"
            )
        if type(leeway) not in (int, float) or not 0 <= leeway <= MAX_LEEWAY_SECONDS:
            raise ConfigurationError(
                f"leeway is {leeway!r}: write a number of seconds from 0 to {MAX_LEEWAY_SECONDS}"
            )
        if not callable(clock):
            raise ConfigurationError("clock cannot be called: pass a function such as time.time")
        if audience is not None and (not isinstance(audience, str) or not audience):
            raise ConfigurationError(f"audience is {audience!r}: write what aud must name")
        self._keys = keys
        self._leeway = leeway
        self._clock = clock
        self._audience = audience
        self._read_claims = None if claims is None else reader_of(claims)
        # The headers that the issuer writes are judged once; others take the long way each time.
        headers = [b'{"alg":"HS256","typ":"JWT"}']
        headers += [b'{"alg":"HS256","typ":"JWT","kid":"%s"}' % v.encode() for v in keys.versions]
        self._judged = {_encode(header): self._judge(_encode(header)) for header in headers}

    def verify(self, token: str | bytes) -> User[C]:
        """Return the user that *token* names, or raise ExpiredToken or InvalidToken."""
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidToken("too_large")
        if not token.isascii():
            raise InvalidToken("malformed")
        if isinstance(token, str):
            token = token.encode()
        if token.count(b".") != 2:
            raise InvalidToken("malformed")
        signing_input, _, signature = token.rpartition(b".")
        header, _, payload = signing_input.partition(b".")
        # A short header is judged first and so names its fault; a long one, which is work to parse,
        # only once it is known to be signed with one of the secrets.
        if len(header) > MAX_UNSIGNED_HEADER:
            _check(self._keys.candidates(None), signing_input, signature)
        keys = self._judged.get(header) or self._judge(header)
        _check(keys, signing_input, signature)
        return self._user(payload)

    def _judge(self, segment: bytes) -> tuple[Key, ...]:
        """Return the keys that may have signed a token with this header, at least one."""
        header = _decode_object(segment, "bad_header")
        if header.get("alg") != "HS256":
            raise InvalidToken("unsupported_alg")
        if "crit" in header or "b64" in header:
            raise InvalidToken("critical_header")
        typ = header.get("typ", "JWT")
        if not isinstance(typ, str) or typ.upper() != "JWT":
            raise InvalidToken("unsupported_typ")
        kid = header.get("kid")
        if not isinstance(kid, str) and "kid" in header:
            raise InvalidToken("bad_kid")
        keys = self._keys.candidates(kid)
        if not keys:
            raise InvalidToken("unknown_kid")
        return keys

    def _user(self, segment: bytes) -> User[C]:
        """Check the claims of a payload whose signature is good."""
        claims: Any = _decode_object(segment, "bad_payload")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise InvalidToken("bad_sub")
        email = claims.get("email")
        if not isinstance(email, str):
            raise InvalidToken("bad_email")
        issued_at = claims.get("iat")
        if not _is_numeric_date(issued_at):
            raise InvalidToken("bad_iat")
        expires_at = claims.get("exp")
        if not _is_numeric_date(expires_at):
            raise InvalidToken("bad_exp")
        not_before = claims.get("nbf", issued_at)
        if not _is_numeric_date(not_before):
            raise InvalidToken("bad_nbf")

        # Written so that a clock that says NaN lets nobody in.
        now = self._clock()
        if not int(expires_at) > now - self._leeway:
            raise ExpiredToken(int(expires_at))
        if expires_at - issued_at > MAX_LIFETIME_SECONDS:
            raise InvalidToken("lifetime_too_long")
        if not issued_at <= now + self._leeway:
            raise InvalidToken("issued_in_future")
        if not not_before <= now + self._leeway:
            raise InvalidToken("not_yet_valid")
        if _NOT_TEXT.search(subject):
            raise InvalidToken("bad_sub")
        if _NOT_TEXT.search(email):
            raise InvalidToken("bad_email")
        if self._audience is not None:
            audience = claims.get("aud")
            if self._audience != audience and (
                type(audience) is not list or self._audience not in audience
            ):
                raise InvalidToken("bad_aud")
        if self._read_claims is not None:
            try:
                own = self._read_claims(claims)
            except (LookupError, TypeError, ValueError):
                raise InvalidToken("bad_claims") from None
            if inspect.isawaitable(own):
                raise RuntimeError("claims is async: pass a function that answers at once")
            return User(subject, email, issued_at, expires_at, own)
        return User(subject, email, issued_at, expires_at, claims)


def _check(keys: tuple[Key, ...], signing_input: bytes, signature: bytes) -> None:
    """Refuse a signature that none of *keys* made."""
    for key in keys:
        # Our own signature is encoded rather than theirs decoded: one spelling alone is equal.
        if compare_digest(key.sign(signing_input), signature):
            return
    raise InvalidToken("bad_signature")


def _is_numeric_date(value: Any) -> TypeGuard[float]:
    # type() rather than isinstance(): true is an int to Python. NaN fails the comparison.
    return type(value) in (int, float) and -MAX_NUMERIC_DATE <= value <= MAX_NUMERIC_DATE


def _encode(raw: bytes) -> bytes:
    text = binascii.b2a_base64(raw, newline=False).rstrip(b"=")
    return text.replace(b"+", b"-").replace(b"/", b"_")


def _decode_object(segment: bytes, reason: Reason) -> dict[str, Any]:
    """Decode one part of a token to the JSON object that it must be."""
    text = segment.translate(_FROM_BASE64URL) + b"=" * (-len(segment) % 4)
    try:
        raw = binascii.a2b_base64(text)
    except binascii.Error:
        raw = b""
    # Decoding skips what it does not know; canonical is what encodes to the very same text.
    if binascii.b2a_base64(raw, newline=False) != text:
        raise InvalidToken("bad_encoding")
    try:
        json_text = raw.decode().strip(" \t\n\r")  # all the whitespace of RFC 8259 section 2
        value, end = _JSON.raw_decode(json_text)
    except (ValueError, RecursionError):
        raise InvalidToken(reason) from None
    if type(value) is not dict or end != len(json_text):
        raise InvalidToken(reason)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
