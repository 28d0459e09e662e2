"""What the running halves say themselves: reachability, databases, CORS, secret, clocks."""

import base64
import hmac
import time
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from gatepass import ConfigurationError, KeyRing
from gatepass.cli.findings import LOOPBACK, Finding
from gatepass.cli.probes import Answer, Unreachable, ask
from gatepass.testing import mint
from tools.doctor.databases import examine_file
from tools.doctor.environment import Half, api_url, web_url

WEB_ALIVE, API_ALIVE = "/api/auth/ok", "/health"


def examine_running(frontend: Half, backend: Half) -> Iterator[Finding]:
    """Ask both halves, as far as they run, at the addresses that a browser would use."""
    web, api = web_url(frontend), api_url(frontend, backend)
    up: dict[str, Answer] = {}
    for half, base, path in ((frontend, web, WEB_ALIVE), (backend, api, API_ALIVE)):
        try:
            up[half.name] = ask(base + path)
        except Unreachable as error:
            yield _unreachable(half, base, path, error)
            yield examine_file(half)
    try:
        if "frontend" in up:
            yield _accounts(frontend, web, up["frontend"])
        if "backend" in up:
            yield from _backend(frontend, backend, api, _origin(web))
        elif _origin(web) not in _listed_origins(backend):
            yield Finding("WRONG", "CORS_ORIGINS", _cors_fix(backend, _origin(web)))
    except Unreachable as error:
        yield Finding("WRONG", "connection", f"a half stopped answering meanwhile: {error}")
    yield from _clocks(up, backend)
    yield from _next_start([half for half in (frontend, backend) if half.name in up], _origin(web))


def _unreachable(half: Half, base: str, path: str, error: Unreachable) -> Finding:
    """Tell a half that does not run from one that runs elsewhere or speaks another scheme."""
    web = half.name == "frontend"
    address = "BETTER_AUTH_URL" if web else "NEXT_PUBLIC_API_BASE_URL"
    port = half.get("WEB_PORT", "3000") if web else half.get("API_PORT", "8000")
    parts = urlsplit(base)
    scheme = "http" if parts.scheme == "https" else "https"
    for candidate, fault in (
        (f"{scheme}://{parts.netloc}", f"{scheme} is spoken there"),
        (f"http://localhost:{port}", f"the {half.name} answers at http://localhost:{port}"),
    ):
        try:
            ask(candidate + path)
        except Unreachable:
            continue
        text = f"says {base}, but {fault}: set {address}={candidate} and restart"
        if web and parts.scheme == "https":
            text += ", or put TLS in front (over http its Secure cookie is never sent)"
        return Finding("WRONG", address, text)
    text = f"does not answer at {base} ({error}): start it, or say in {address} where it is"
    return Finding("skip", half.name, text)


def _accounts(frontend: Half, web: str, alive: Answer) -> Finding:
    """Make Better Auth look a session up: an unmigrated or absent database answers 500."""
    subject = "frontend database"
    location = alive.headers.get("location", "")
    if alive.status in (301, 302, 307, 308) and location.startswith("https:"):
        text = f"{web} redirects to https: set BETTER_AUTH_URL={_origin(location)} and restart"
        return Finding("WRONG", "BETTER_AUTH_URL", text)
    if 400 <= alive.status < 500 and alive.status != 429:
        text = f"{web}{WEB_ALIVE} answers {alive.status}: is that the frontend?"
        return Finding("WRONG", "BETTER_AUTH_URL", text)
    headers = {"Cookie": _nobodys_cookie(frontend, web.startswith("https:"))}
    status = ask(f"{web}/api/auth/get-session", headers=headers).status
    if status == 200:
        return Finding("ok", subject, "is there and migrated")
    if status == 429:
        return Finding("skip", subject, "too many questions at once: ask again in a minute")
    text = f"sessions answer {status}: run `make migrate`, check AUTH_DATABASE_URL, see its log"
    return Finding("WRONG", subject, text)


def _nobodys_cookie(frontend: Half, secure: bool) -> str:
    """A rightly signed cookie of no session, so that the database is really asked.

    Source of the form: better-call ``cookies.ts`` (signed cookies).
    """
    ring = frontend.get("BETTER_AUTH_SECRETS").split(",")[0].partition(":")[2].strip()
    secret = ring or frontend.get("BETTER_AUTH_SECRET")
    token = "gatepass-doctor-asks-for-nobody"  # noqa: S105 - names no session
    mac = base64.b64encode(hmac.digest(secret.encode(), token.encode(), "sha256")).decode()
    prefix = "__Host-" if secure else ""
    return f"{prefix}better-auth.session_token={quote(f'{token}.{mac}', safe='')}"


def _backend(frontend: Half, backend: Half, api: str, origin: str) -> Iterator[Finding]:
    ready = ask(f"{api}/ready").status
    if ready not in (200, 503):
        text = f"{api}/ready answers {ready}: is that the backend? Correct {frontend.file}"
        yield Finding("WRONG", "NEXT_PUBLIC_API_BASE_URL", text)
        return
    if ready == 200:
        yield Finding("ok", "backend database", "is there and migrated")
    else:
        text = "is away or not migrated: check DATABASE_URL and run `make migrate`"
        yield Finding("WRONG", "backend database", text)
    yield _cors(backend, api, origin)
    try:
        keys = KeyRing.from_env(frontend.variables)
    except ConfigurationError:
        return
    yield _accepted(keys, frontend, api)


def _cors(backend: Half, api: str, origin: str) -> Finding:
    """Ask what a browser asks before a page of *origin* may send a token (Fetch standard 4.8)."""
    preflight = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    headers = ask(f"{api}/api/me", method="OPTIONS", headers=preflight).headers
    allowed = headers.get("access-control-allow-headers", "").lower()
    if headers.get("access-control-allow-origin") == origin and "authorization" in allowed:
        return Finding("ok", "CORS", f"pages of {origin} may call {api}")
    return Finding("WRONG", "CORS_ORIGINS", _cors_fix(backend, origin))


def _accepted(keys: KeyRing, frontend: Half, api: str) -> Finding:
    """Show the running backend a pass signed with what the frontend's file says."""
    now = int(time.time())
    token = mint("gatepass-doctor", "", keys=keys, issued_at=now, expires_in=60)
    answer = ask(f"{api}/api/me", headers={"Authorization": f"Bearer {token}"})
    if answer.status == 200:
        return Finding("ok", "running backend", "takes passes signed with the frontend's secret")
    if "expired" in answer.headers.get("www-authenticate", ""):
        text = "a fresh pass has expired there: its clock is ahead, set it by NTP"
        return Finding("WRONG", "backend clock", text)
    text = (
        f"refuses passes signed with the secret of {frontend.file}: it was started with another "
        "BETTER_AUTH_SECRET, or its clock is behind; make both halves' alike and restart both"
    )
    return Finding("WRONG", "running backend", text)


def _clocks(up: Mapping[str, Answer], backend: Half) -> Iterator[Finding]:
    skews = {name: answer.skew for name, answer in up.items() if answer.skew is not None}
    if len(skews) < 2:
        return
    ahead = skews["frontend"] - skews["backend"]
    leeway = _seconds(backend.get("JWT_LEEWAY", "5"))
    if abs(ahead) <= leeway + 1:  # Date headers name whole seconds
        yield Finding("ok", "clocks", "both halves agree")
        return
    faster, slower = ("frontend", "backend") if ahead > 0 else ("backend", "frontend")
    text = (
        f"the {faster}'s is {abs(ahead):.0f} seconds ahead of the {slower}'s, {leeway:g} are "
        "forgiven: set both by NTP, or raise JWT_LEEWAY (at most 60) on the backend"
    )
    yield Finding("WRONG", "clocks", text)


def _next_start(running: Iterable[Half], origin: str) -> Iterator[Finding]:
    """What a running half does not show, because its settings were changed since it started."""
    for half in running:
        database = examine_file(half)
        if database.verdict == "WRONG":
            yield Finding("warn", database.subject, f"at the next start: {database.text}")
        if half.name == "backend" and origin not in _listed_origins(half):
            text = f"at the next start: pages of {origin} are not in CORS_ORIGINS of {half.file}"
            yield Finding("warn", "CORS_ORIGINS", text)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _listed_origins(backend: Half) -> list[str]:
    listed = backend.get("CORS_ORIGINS", "http://localhost:3000").split(",")
    return [origin.strip() for origin in listed]


def _cors_fix(backend: Half, origin: str) -> str:
    hint = ""
    for listed in _listed_origins(backend):
        if listed.rstrip("/") == origin and listed != origin:
            hint = " (an origin has no slash at its end)"
        elif {urlsplit(listed).hostname, urlsplit(origin).hostname} <= set(LOOPBACK):
            hint = " (scheme, host and port all count; localhost and 127.0.0.1 are two hosts)"
    return (
        f"the API does not let pages of {origin} call it{hint}: set CORS_ORIGINS={origin} in "
        f"{backend.file} and restart the backend"
    )
