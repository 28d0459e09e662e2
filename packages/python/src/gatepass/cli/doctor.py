"""``gatepass doctor WEB API``: what is wrong between two running halves, whatever they are made of.

Both are asked over HTTP, as a browser would, with passes signed by the secrets that this side
reads. What cannot be seen from here is not called good: it is a "skip" that says what it takes.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import ConfigurationError, TokenError
from ..keyring import Key, KeyRing
from ..testing import bearer, mint
from ..verifier import MAX_LIFETIME_SECONDS, TokenVerifier
from .findings import LOOPBACK, Finding
from .probes import Answer, Unreachable, ask
from .readings import other_readings
from .sources import Source
from .web import base_path_of, issued_pass

MIN_SENSIBLE_LIFETIME = 300  # seconds
NOBODYS_PATH = "/gatepass-doctor"  # a closed gate guards paths that nobody thought of


@dataclass(frozen=True)
class Question:
    """What the doctor was asked about.

    Attributes:
        web, api: addresses as a browser uses them, e.g. ``https://example.com``.
        environ: holds the secrets; ``source`` says where it was read.
        path: a path of the API that needs a pass.
        origin: of the pages that call the API.
        base_path: Better Auth's ``basePath``.
        cookie: the Cookie header of a signed-in browser, or "" if there is none to show.
        leeway: seconds, of the API.
    """

    web: str
    api: str
    environ: Mapping[str, str]
    source: str
    path: str = NOBODYS_PATH
    origin: str = ""
    base_path: str = "/api/auth"
    cookie: str = ""
    leeway: float = 5


def examine(question: Question) -> Iterator[Finding]:
    """Ask both halves and yield what was found. Raises nothing for what is wrong there."""
    yield from _addresses(question)
    keys = None
    try:
        keys = KeyRing.from_env(question.environ)
    except ConfigurationError as error:
        yield Finding("WRONG", "secret here", f"{error} ({question.source})")
    api = web = None
    try:
        api = ask(f"{question.api}{question.path}")
    except Unreachable as error:
        yield _away("API", question.api, error)
    try:
        web = ask(f"{question.web}{question.base_path}/gatepass/token")
    except Unreachable as error:
        yield _away("web", question.web, error)
    try:
        if api is not None:
            yield from _gate(question, api)
        if api is not None and keys is not None:
            yield from _accepted(question, keys, api)
        if web is not None:
            yield from _issuer(question, web, keys, api is not None)
    except Unreachable as error:
        yield Finding("WRONG", "connection", f"a half stopped answering meanwhile: {error}")
    yield _clocks(question, web, api)


def compare(first: Source, others: Sequence[Source]) -> Iterator[Finding]:
    """Compare the secrets of several env files: what the first signs, the others must know."""
    for text in (*first.remarks, *(text for other in others for text in other.remarks)):
        yield Finding("warn", "secret", text)
    for other in others:
        try:
            kid, key = KeyRing.from_env(first.environ).current
            known = KeyRing.from_env(other.environ).candidates(kid)
        except ConfigurationError as error:
            yield Finding("WRONG", "files", f"{error} ({first.name}, {other.name})")
            continue
        probe = b"gatepass doctor"
        if key.sign(probe) in [each.sign(probe) for each in known]:
            yield Finding("ok", "files", f"{other.name} knows what {first.name} signs with")
        else:
            text = (
                f"{other.name} does not know the secret of {first.name}: copy it and restart both"
            )
            yield Finding("WRONG", "files", text)


def _addresses(question: Question) -> Iterator[Finding]:
    web, api = urlsplit(question.web), urlsplit(question.api)
    if web.scheme == "https" and api.scheme == "http":
        text = (
            f"browsers refuse to call {question.api} from a page at {question.web} (mixed "
            "content): serve the API with https as well"
        )
        yield Finding("WRONG", "addresses", text)
    for name, url in (("web", web), ("API", api)):
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            yield Finding("warn", name, f"{url.geturl()} is not https: passes travel in clear")


def _away(name: str, url: str, error: Unreachable) -> Finding:
    text = f"does not answer at {url} ({error}): start it, or correct the address"
    return Finding("WRONG", name, text)


def _gate(question: Question, alone: Answer) -> Iterator[Finding]:
    """Ask without a pass, and as a browser asks before a page may send one."""
    challenge = alone.headers.get("www-authenticate", "")
    if alone.status == 401 and challenge.lower().startswith("bearer"):
        yield Finding("ok", "gate", f"{question.path} is refused without a pass")
    else:
        text = (
            f"{question.api}{question.path} answers {alone.status} without a pass, not 401 with "
            "WWW-Authenticate: Bearer: name a path behind the gate with --path, or put the gate "
            "in front"
        )
        yield Finding("WRONG", "gate", text)
    origin = question.origin or _origin(question.web)
    if origin == _origin(question.api):
        yield Finding("ok", "CORS", "not needed: pages and API share an origin")
        return
    missing = []
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        preflight = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization",
        }
        answer = ask(f"{question.api}{question.path}", method="OPTIONS", headers=preflight)
        if not _allows(answer, origin, method):
            missing.append(method)
    if "GET" in missing:
        text = (
            f"the API does not let pages of {origin} call it: add exactly that origin (scheme, "
            "host and port, no slash at the end) and the header Authorization to its CORS "
            "settings, and put CORS outside the gate"
        )
        yield Finding("WRONG", "CORS", text)
        return
    if missing:
        text = f"pages of {origin} may not send {', '.join(missing)}: add them to allow_methods"
        yield Finding("warn", "CORS methods", text)
    refused = ask(f"{question.api}{question.path}", headers={"Origin": origin})
    if refused.headers.get("access-control-allow-origin") not in (origin, "*"):
        text = (
            "a refusal has no CORS headers, so pages take each 401 for a network failure: put "
            "CORS outside the gate"
        )
        yield Finding("WRONG", "CORS", text)
    else:
        yield Finding("ok", "CORS", f"pages of {origin} may call {question.api}")


def _allows(answer: Answer, origin: str, method: str) -> bool:
    headers = answer.headers
    listed = [each.strip().upper() for each in _list(headers, "access-control-allow-methods")]
    names = [each.strip().lower() for each in _list(headers, "access-control-allow-headers")]
    return (
        answer.status < 300
        and headers.get("access-control-allow-origin") in (origin, "*")
        and (method in ("GET", "POST") or method in listed or "*" in listed)
        and "authorization" in names  # * does not cover it (Fetch standard, section 3.2.3)
    )


def _list(headers: Mapping[str, str], name: str) -> list[str]:
    return headers.get(name, "").split(",")


def _accepted(question: Question, keys: KeyRing, alone: Answer) -> Iterator[Finding]:
    """Show the API a pass signed with our secret; if it refuses, find out why."""
    subject, now = "secret of the API", int(time.time())
    answer = _shown(question, mint("gatepass-doctor", "", keys=keys, issued_at=now, expires_in=60))
    challenge = answer.headers.get("www-authenticate", "")
    if answer.status != 401:
        if alone.status == 401:
            text = f"is the one of {question.source}: a pass signed with it is taken"
            yield Finding("ok", subject, text)
        else:
            yield Finding("skip", subject, f"{question.path} needs no pass: name another, --path")
        return
    if "invalid_token" not in challenge:
        text = (
            "the API saw no Authorization header although one was sent: a proxy in front of it "
            "drops it. Pass it on (nginx: proxy_set_header Authorization $http_authorization; "
            "Apache: WSGIPassAuthorization On)"
        )
        yield Finding("WRONG", "proxy", text)
        return
    shifted = now + round(alone.skew or 0)
    moved = mint("gatepass-doctor", "", keys=keys, issued_at=shifted, expires_in=60)
    if abs(shifted - now) > question.leeway and _shown(question, moved).status != 401:
        text = f"{abs(shifted - now)} seconds {'ahead of' if shifted > now else 'behind'} ours"
        yield Finding("WRONG", "clock of the API", f"is {text}: set both by NTP")
        return
    for name, secret in other_readings(question.environ).items():
        if _shown(question, _signed(keys, secret, now)).status != 401:
            yield Finding("WRONG", subject, f"it takes {name}")
            return
    text = (
        f"differs from the one of {question.source}: give both halves the same "
        "BETTER_AUTH_SECRET and BETTER_AUTH_SECRETS and restart both"
    )
    yield Finding("WRONG", subject, text)


def _shown(question: Question, token: str) -> Answer:
    return ask(f"{question.api}{question.path}", headers=bearer(token))


def _signed(keys: KeyRing, secret: str, now: int) -> str:
    """A pass under our kid, signed with a secret that no key ring would take."""
    unsigned = mint("gatepass-doctor", "", keys=keys, issued_at=now, expires_in=60)
    signing_input = unsigned.rpartition(".")[0]
    return f"{signing_input}.{Key(secret).sign(signing_input.encode()).decode()}"


def _issuer(
    question: Question, answer: Answer, keys: KeyRing | None, api_answers: bool
) -> Iterator[Finding]:
    """Find the token endpoint; with a session, get a pass and show it to the API."""
    if answer.status != 401:
        yield _not_the_issuer(question, answer)
        return
    yield Finding("ok", "issuer", f"{question.base_path}/gatepass/token wants a session")
    if not question.cookie:
        takes = "its secret and lifetimes are seen in a pass alone: give --cookie-file"
        yield Finding("skip", "secret of the web", takes)
        return
    token = issued_pass(question.web, question.base_path, question.cookie)
    if token is None:
        text = "no session: copy the Cookie header of a signed-in browser once more"
        yield Finding("WRONG", "cookie", text)
        return
    yield from _issued(question, keys, token)
    if api_answers:
        challenge = _shown(question, token).headers.get("www-authenticate", "")
        taken = "invalid_token" not in challenge
        text = (
            "takes the web's pass" if taken else "refuses the web's pass: see above for the cause"
        )
        yield Finding("ok" if taken else "WRONG", "API", text)


def _issued(question: Question, keys: KeyRing | None, token: str) -> Iterator[Finding]:
    if keys is None:
        return
    subject = "secret of the web"
    verifier = TokenVerifier(keys, leeway=question.leeway)
    try:
        user = verifier.verify(token)
    except TokenError as error:
        text = f"a fresh pass is refused here ({error.reason}): `gatepass inspect` says what to do"
        signing_input, _, signature = token.rpartition(".")
        for name, secret in other_readings(question.environ).items():
            signed = Key(secret).sign(signing_input.encode()) == signature.encode()
            if signed and error.reason in ("bad_signature", "unknown_kid"):
                text = f"it signs with {name}"
                break
        yield Finding("WRONG", subject, text)
        return
    yield Finding("ok", subject, f"is the one of {question.source}: its pass verifies here")
    lifetime = user.expires_at - user.issued_at
    if lifetime < MIN_SENSIBLE_LIFETIME:
        text = f"{lifetime:.0f} seconds renew very often: {MIN_SENSIBLE_LIFETIME} are sensible"
        yield Finding("warn", "lifetime", text)
    else:
        text = f"{lifetime:.0f} seconds, at most {MAX_LIFETIME_SECONDS} are taken"
        yield Finding("ok", "lifetime", text)


def _not_the_issuer(question: Question, answer: Answer) -> Finding:
    location = answer.headers.get("location", "")
    if 300 <= answer.status < 400:
        text = f"{question.web} redirects to {location}: give that address"
        return Finding("WRONG", "web", text)
    if other := base_path_of(question.web, besides=question.base_path):
        text = f"Better Auth's basePath is {other}, not {question.base_path}: give --base-path"
        return Finding("WRONG", "basePath", f"{text} {other}, and tell the browser's client")
    text = (
        f"{question.web}{question.base_path}/gatepass/token answers {answer.status}, not 401: add "
        "gatepass() to Better Auth's plugins, or give its basePath with --base-path"
    )
    return Finding("WRONG", "issuer", text)


def _clocks(question: Question, web: Answer | None, api: Answer | None) -> Finding:
    skews = [None if half is None else half.skew for half in (web, api)]
    if skews[0] is None or skews[1] is None:
        return Finding("skip", "clocks", "compared by the Date header of both halves")
    ahead = skews[0] - skews[1]
    if abs(ahead) <= question.leeway + 1:  # Date names whole seconds
        return Finding("ok", "clocks", "the halves agree")
    faster, slower = ("web's", "API's") if ahead > 0 else ("API's", "web's")
    text = f"the {faster} is {abs(ahead):.0f} seconds ahead of the {slower}: set both by NTP"
    return Finding("WRONG", "clocks", text)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
