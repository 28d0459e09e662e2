"""Plain HTTP questions of ``gatepass doctor``: no redirect is followed, no proxy asked."""

import email.utils
import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5
MAX_BODY_BYTES = 65_536


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case.

    Attributes:
        skew: seconds by which the answerer's clock is ahead of ours; None without a Date.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    skew: float | None = None


class Unreachable(Exception):  # noqa: N818 - a fact, not a fault of ours
    """Nobody answers HTTP there; the text says in short why."""


def ask(url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
    """Ask *url* once and return the answer, whatever its status. Raises Unreachable."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
        before = time.time()
        connection.request(method, parts.path or "/", headers=dict(headers or {}))
        response = connection.getresponse()
        between = (before + time.time()) / 2
        body = response.read(MAX_BODY_BYTES)
        connection.close()
    except ssl.SSLError as error:
        raise Unreachable(f"no TLS ({error.reason or error})") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(str(error) or type(error).__name__) from None
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, found, body, _skew(found.get("date", ""), between))


def _skew(date: str, now: float) -> float | None:
    """Compare a Date header with our clock; it names whole seconds, hence the half."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() + 0.5 - now
    except (ValueError, OverflowError):  # a year or an offset beyond all bounds
        return None
