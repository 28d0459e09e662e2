"""The shared secrets, read the way Better Auth reads them.

``BETTER_AUTH_SECRET`` is one secret. ``BETTER_AUTH_SECRETS=2:new,1:old`` is a ring: the first
entry signs, its version is the token's ``kid``, and the others still verify. While a ring is
set, ``BETTER_AUTH_SECRET`` may stay: it verifies the tokens that were issued before the ring.

Source of the format: better-auth ``src/context/secret-utils.ts``.
"""

import binascii
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence

from .errors import ConfigurationError

MIN_SECRET_CHARACTERS = 32  # RFC 7518 section 3.2: a key as long as the hash, 256 bits
MIN_DIFFERENT_CHARACTERS = 8  # 32 random hexadecimal digits hardly ever have fewer
MIN_PERIOD = 16  # characters until a secret may repeat itself

# Text that marks a secret as copied from documentation. Compared after lower-casing and dropping
# everything but letters and digits, so that "CHANGE_ME" and "change-me" are one.
PLACEHOLDERS = (
    "betterauthsecret1234567890",
    "changeme",
    "changethis",
    "yoursecret",
    "yoursupersecret",
    "yourbetterauthsecret",
    "replaceme",
    "replacethis",
    "replacewith",
    "putyour",
    "pasteyour",
    "insertyour",
    "placeholder",
    "changein",
    "donotuse",
    "your256bit",
    "astringsecretatleast",
    "djangoinsecure",
    "opensslrand",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  # FastAPI's tutorial
)

# What String.prototype.trim removes; str.strip() would remove U+001C..U+001F and U+0085 as well.
_JS_WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_VERSION = re.compile("0|[1-9][0-9]{0,14}")  # canonical, and exact as a JavaScript number
_TO_BASE64URL = bytes.maketrans(b"+/", b"-_")
_BLOCK_BYTES = 64  # of SHA-256 (RFC 2104 section 2)


class Key:
    """One secret, ready to sign.

    HMAC hashes the padded key before the message (RFC 2104 section 4); both padded halves are
    hashed once here and copied for each token, which halves the cost of a check.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: str) -> None:
        key = secret.encode()
        if len(key) > _BLOCK_BYTES:
            key = hashlib.sha256(key).digest()
        key = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def sign(self, signing_input: bytes) -> bytes:
        """Return the base64url HMAC-SHA-256 of *signing_input*: 43 ASCII bytes."""
        inner = self._inner.copy()
        inner.update(signing_input)
        outer = self._outer.copy()
        outer.update(inner.digest())
        text = binascii.b2a_base64(outer.digest(), newline=False)
        return text.translate(_TO_BASE64URL, b"=")


class KeyRing:
    """The secrets that may have signed a pass. Immutable, and silent about them in ``repr``.

    Args:
        secrets: the current one first; each is held to what ``from_env`` demands.
        versions: the ``kid`` of each of the first secrets, e.g. ``("2", "1")``; the rest has none.

    Raises ConfigurationError for anything that ``from_env`` would refuse, too.
    """

    __slots__ = ("_all", "_by_version")

    def __init__(self, secrets: Sequence[str], versions: Sequence[str] = ()) -> None:
        for name, values in (("secrets", secrets), ("versions", versions)):
            if not isinstance(values, (tuple, list)):
                raise ConfigurationError(
                    f"{name} is a {type(values).__name__}: write KeyRing((secret,), ()), or "
                    "KeyRing.single(secret)"
                )
        if not secrets:
            raise ConfigurationError("secrets is empty: a ring without a secret accepts nothing")
        if len(versions) > len(secrets):
            raise ConfigurationError("versions names more than there are secrets")
        for position, version in enumerate(versions, start=1):
            _check_version(version, f"versions entry {position}", versions[: position - 1])
        usable = [_usable(secret, f"secret {at}") for at, secret in enumerate(secrets, start=1)]
        self._all = tuple(Key(secret) for secret in dict.fromkeys(usable))
        self._by_version = {
            version: (Key(secret),) for version, secret in zip(versions, usable, strict=False)
        }

    @classmethod
    def single(cls, secret: str) -> "KeyRing":
        """A ring of one unversioned secret. Raises ConfigurationError if it is unusable."""
        return cls((_usable(secret, "BETTER_AUTH_SECRET"),))

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "KeyRing":
        """Read BETTER_AUTH_SECRETS and BETTER_AUTH_SECRET; an empty value counts as unset.

        Raises ConfigurationError, whose text is one line naming the variable and the fix.
        """
        legacy = environ.get("BETTER_AUTH_SECRET") or ""
        ring = environ.get("BETTER_AUTH_SECRETS") or ""
        if not ring:
            return cls.single(legacy)
        entries = _parse_ring(ring)
        secrets = tuple(entries.values())
        if legacy:
            secrets += (_usable(legacy, "BETTER_AUTH_SECRET"),)
        return cls(secrets, tuple(entries))

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the ring, the current one first; empty for a single secret."""
        return tuple(self._by_version)

    @property
    def current(self) -> tuple[str | None, Key]:
        """What signs now: the version, if there is one, and its key."""
        return next(iter(self._by_version), None), self._all[0]

    def candidates(self, kid: str | None) -> tuple[Key, ...]:
        """The keys that may have signed a token with this ``kid``; empty: unknown, refuse.

        A single secret has no version, so a ``kid`` says nothing about it. In a ring the ``kid``
        chooses alone (RFC 7515 section 4.1.4); a token without one is older than the ring, and
        every key is tried, as Better Auth's ``crypto/jwt.ts`` does.
        """
        if kid is None or not self._by_version:
            return self._all
        return self._by_version.get(kid, ())

    def __repr__(self) -> str:
        return f"KeyRing(versions={self.versions!r})"


def _parse_ring(value: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for position, entry in enumerate(value.split(","), start=1):
        where = f"BETTER_AUTH_SECRETS entry {position}"
        version, colon, secret = entry.strip(_JS_WHITESPACE).partition(":")
        if not colon:
            raise ConfigurationError(
                f"{where} has no version: write <version>:<secret>, e.g. 2:new,1:old"
            )
        _check_version(version, where, entries)
        entries[version] = _usable(secret.strip(_JS_WHITESPACE), where)
    return entries


def _check_version(version: str, where: str, others: Collection[str]) -> None:
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ConfigurationError(f"{where} has a bad version: use a plain decimal number such as 2")
    if version in others:
        raise ConfigurationError(f"{where} repeats version {version}: each must be unique")


def _usable(secret: str, where: str) -> str:
    """Return *secret* unchanged or raise ConfigurationError; the text never contains it."""
    fix = "run `gatepass secret` and give both halves the same value"
    if not isinstance(secret, str):
        raise ConfigurationError(
            f"{where} is a {type(secret).__name__}, not a str: pass the secret's text, of a "
            "SecretStr what get_secret_value() returns"
        )
    if not secret:
        raise ConfigurationError(f"{where} is not set: {fix}")
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise ConfigurationError(
            f"{where} has {len(secret)} characters, at least {MIN_SECRET_CHARACTERS} are needed: "
            f"{fix}"
        )
    if any(character in secret for character in "\n\r\0"):
        raise ConfigurationError(
            f"{where} contains a line break or NUL, which the other half may read differently: "
            "take it away on both"
        )
    plain = "".join(filter(str.isalnum, secret.lower()))
    if len(set(secret)) == 1 or any(known in plain for known in PLACEHOLDERS):
        raise ConfigurationError(f"{where} is a known placeholder, not a secret: {fix}")
    if len(set(secret)) < MIN_DIFFERENT_CHARACTERS or any(
        secret.startswith(secret[period:]) for period in range(1, MIN_PERIOD)
    ):
        raise ConfigurationError(f"{where} repeats itself and is easily guessed: {fix}")
    try:
        secret.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(f"{where} is not valid UTF-8: {fix}") from None
    return secret
