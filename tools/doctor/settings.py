"""What is wrong between both halves of the product, whether they run or not.

First what their env files say, then what the running halves say themselves. Each finding names
the variable and the fix; secrets are compared by fingerprint and never shown.
"""

import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gatepass import ConfigurationError, KeyRing
from gatepass.cli.findings import LOOPBACK, Finding
from gatepass.verifier import MAX_LIFETIME_SECONDS
from tools.doctor.environment import Half, api_url, read_half, web_url, without_login
from tools.doctor.running import examine_running

SECRETS = ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS")
MIN_SENSIBLE_LIFETIME = 300


def examine(root: Path, environ: Mapping[str, str]) -> list[Finding]:
    """Examine the halves whose env files are ``<root>/frontend/.env`` and ``<root>/backend/.env``.

    Raises OSError or UnicodeDecodeError for an env file that cannot be read.
    """
    frontend, backend = (read_half(name, root, environ) for name in ("frontend", "backend"))
    return [
        *_secrets(frontend, backend),
        *_lifetimes(frontend, backend),
        *_addresses(frontend, backend),
        *examine_running(frontend, backend),
    ]


def fingerprint(half: Half) -> str:
    """Eight hexadecimal digits that are equal when what signs is; they reveal nothing else."""
    secrets = "\0".join(half.get(name) for name in SECRETS)
    return hmac.digest(secrets.encode(), b"gatepass doctor", "sha256").hex()[:8]


def _secrets(frontend: Half, backend: Half) -> Iterator[Finding]:
    rings = []
    for half in (frontend, backend):
        try:
            rings.append(KeyRing.from_env(half.variables))
        except ConfigurationError as error:
            state = "" if half.file.is_file() else ", which does not exist"
            yield Finding("WRONG", f"{half.name} secret", f"{error} ({half.file}{state})")
        for name in half.ambiguous & set(SECRETS):
            yield Finding(
                "WRONG",
                f"{half.name} secret",
                f"{name} in {half.file} has a quote, #, $ or backslash, which the two halves' "
                "readers take differently: run `gatepass secret` for one of letters and digits",
            )
        for name in half.overridden & set(SECRETS):
            yield Finding(
                "warn", f"{half.name} secret", f"{name} of the shell wins over {half.file}"
            )
    if len(rings) < 2:
        return
    kid, key = rings[0].current
    probe = b"gatepass doctor"
    if key.sign(probe) in [known.sign(probe) for known in rings[1].candidates(kid)]:
        yield Finding("ok", "secret", f"the backend knows what the frontend signs with{_kid(kid)}")
        return
    if kid is not None and not rings[1].candidates(kid):
        text = (
            f"the frontend signs with version {kid} of BETTER_AUTH_SECRETS, which the backend has "
            f"not: give {backend.file} the same BETTER_AUTH_SECRETS and restart it"
        )
    else:
        text = (
            f"the halves differ: fingerprint {fingerprint(frontend)} in {frontend.file}, "
            f"{fingerprint(backend)} in {backend.file}; copy BETTER_AUTH_SECRET (and "
            "BETTER_AUTH_SECRETS) from one to the other and restart both"
        )
    yield Finding("WRONG", "secret", text)


def _kid(kid: str | None) -> str:
    return "" if kid is None else f" (version {kid})"


def _lifetimes(frontend: Half, backend: Half) -> Iterator[Finding]:
    found: dict[str, int] = {}
    for half, name, default, lowest, highest in (
        (frontend, "JWT_EXPIRES_IN", 3600, 1, MAX_LIFETIME_SECONDS),
        (frontend, "SESSION_EXPIRES_IN", 604_800, 1, 34_560_000),
        (backend, "JWT_LEEWAY", 5, 0, 60),
    ):
        text = half.get(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = -1
        if lowest <= value <= highest:
            found[name] = int(value)
        else:
            yield Finding(
                "WRONG",
                name,
                f"{text!r} is not a number of seconds from {lowest} to {highest}: correct it in "
                f"{half.file}",
            )
    lifetime = found.get("JWT_EXPIRES_IN", MIN_SENSIBLE_LIFETIME)
    session = found.get("SESSION_EXPIRES_IN", lifetime)
    if lifetime < MIN_SENSIBLE_LIFETIME:
        text = f"{lifetime} seconds renew very often: {MIN_SENSIBLE_LIFETIME} or more are sensible"
        yield Finding("warn", "JWT_EXPIRES_IN", text)
    if session < lifetime:
        text = (
            f"sessions of {session} seconds end before their passes of {lifetime}: a signed-out "
            "user keeps access; make SESSION_EXPIRES_IN the longer one"
        )
        yield Finding("WRONG", "SESSION_EXPIRES_IN", text)
    elif len(found) == 3:
        yield Finding("ok", "lifetimes", f"pass {lifetime} s, session {session} s")


def _addresses(frontend: Half, backend: Half) -> Iterator[Finding]:
    web, api = urlsplit(web_url(frontend)), urlsplit(api_url(frontend, backend))
    for name, url in (("BETTER_AUTH_URL", web), ("NEXT_PUBLIC_API_BASE_URL", api)):
        given = frontend.get(name)
        if without_login(given) != given:
            text = f"holds a name or a password, which everybody would see: correct {frontend.file}"
            yield Finding("WRONG", name, text)
        if url.scheme not in ("http", "https") or not url.hostname:
            text = f"{url.geturl()!r} is no http:// or https:// address: correct {frontend.file}"
            yield Finding("WRONG", name, text)
    if web.scheme == "https" and api.scheme == "http":
        yield Finding(
            "WRONG",
            "NEXT_PUBLIC_API_BASE_URL",
            f"browsers refuse to call {api.geturl()} from a page at {web.geturl()} (mixed "
            "content): serve the API with https as well",
        )
    if web.scheme == "http" and web.hostname not in LOOPBACK:
        yield Finding(
            "warn",
            "BETTER_AUTH_URL",
            f"{web.geturl()} is not https: the session cookie is not Secure and travels in clear",
        )
