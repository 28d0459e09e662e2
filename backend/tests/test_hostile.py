"""The longest hostile form of each input costs what a harmless one of its length costs."""

import json
from pathlib import Path

import pytest

from tests.callers import token
from tests.servers import Server

AUTH = f"Authorization: Bearer {token('frank')}\r\n"
ROOM = 15_500  # bytes: what a request line or the headers leave to one value
FACTOR, SLACK = 3, 0.004  # seconds, for what else the machine does to caches


def fill(piece: str, size: int = ROOM) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def get(target: str = "/api/me", headers: str = AUTH) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()


def task(body: str) -> bytes:
    path = "/api/users/frank/tasks/7d4f6c1e-2f0b-4a53-9a3e-1a2b3c4d5e6f"
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\n{AUTH}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


def spent(server: Server) -> float:
    """Seconds that the server's threads have computed so far (proc_pid_schedstat)."""
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def cost(server: Server, request: bytes) -> float:
    """Seconds of computing for one request, the least of five."""
    seconds = []
    for _ in range(5):
        before = spent(server)
        status, _, _ = server.send(request)
        seconds.append(spent(server) - before)
        assert status < 500
    return min(seconds)


LIST = "/api/users/frank/tasks"
DISTINCT = "&".join(f"{number:x}" for number in range(4000))[:ROOM]
KEYS = ",".join(f'"{number}":1' for number in range(7000))[:60_000].rpartition(",")[0]
PADDING = " " * 60_000

PATH = "/api/users/"
SEARCH = f"{LIST}?q="

TARGETS = {  # what is hostile, and where the harmless letters of that length stand
    "a path": (PATH + fill("a"), "/"),
    "slashes": (fill("/"), "/"),
    "escapes in a path": (PATH + fill("%41"), "/"),
    "parameters": (f"{LIST}?{DISTINCT}", SEARCH),
    "empty parameters": (f"{LIST}?{fill('&')}", SEARCH),
    "one parameter often": (f"{LIST}?{fill('q=a&')}", SEARCH),
    "escapes in a query": (SEARCH + fill("%25"), SEARCH),
    "wildcards": (SEARCH + fill("%25_", 1000), SEARCH),
    "broken UTF-8": (SEARCH + fill("%e9"), SEARCH),
    "a cursor": (f"{LIST}?cursor={fill('eyJ')}", SEARCH),
    "parameters of a route without any": (f"/api/me?{DISTINCT}", SEARCH),
}

HEADERS = {
    "a token": f"Authorization: Bearer {fill('a.b.')}",
    "dots": f"Authorization: Bearer {fill('.')}",
    "blanks before a token": f"Authorization: Bearer {fill(' ')}",
    "a request id": f"X-Request-ID: {fill('a-')}!",
    "an origin": f"Origin: http://{fill('a.')}",
    "names in a preflight": f"Origin: http://localhost:3000\r\nAccess-Control-Request-Method: GET"
    f"\r\nAccess-Control-Request-Headers: {fill('content-type,', ROOM - 100)}",
    "a media type": f"Content-Type: application/{fill('a.+-')}",
    "blanks in a media type": f"Content-Type: application/json{fill(' ')}x",
    "cookies": f"Cookie: {fill('a=b; ')}",
    "encodings": f"Accept-Encoding: {fill('gzip;q=0,')}",
    "forwarded addresses": f"X-Forwarded-For: {fill('1.1.1.1, ')}",
}

BODIES = {
    "arrays": fill("[", 60_000),
    "objects": fill('{"a":', 60_000),
    "unknown names": f'{{"title":"x",{KEYS}}}',
    "one name often": f'{{"title":"x",{fill(chr(34) + "a" + chr(34) + ":1,", 60_000)}"b":1}}',
    "digits": f'{{"title":{fill("9", 60_000)}}}',
    "an exponent": f'{{"title":1e{fill("9", 60_000)}}}',
    "escapes": f'{{"title":"{fill(chr(92) + "u0041", 60_000)}"}}',
    "surrogates": f'{{"title":"{fill(chr(92) + "ud800", 60_000)}"}}',
    "blanks in a title": json.dumps({"title": fill(" ", 60_000) + "x"}),
    "combining marks": json.dumps({"title": "a" + fill("\u0301", 20_000)}, ensure_ascii=False),
}


def assert_as_cheap(server: Server, hostile: bytes, harmless: bytes) -> None:
    assert cost(server, hostile) < cost(server, harmless) * FACTOR + SLACK


@pytest.mark.parametrize("name", TARGETS)
def test_targets(server: Server, name: str) -> None:
    hostile, harmless = TARGETS[name]
    assert_as_cheap(server, get(hostile), get(harmless + fill("a", len(hostile) - len(harmless))))


def test_broken_escapes(server: Server) -> None:
    """Against good ones: what is not ASCII is written in them."""
    assert_as_cheap(server, get(PATH + fill("%4")), get(PATH + fill("%41")))


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_headers(server: Server, name: str, method: str) -> None:
    line = HEADERS[name]
    authorization = "" if line.startswith("Authorization") else AUTH
    hostile = get(headers=f"{authorization}{line}\r\n").replace(b"GET", method.encode(), 1)
    harmless = get(headers=f"{AUTH}X: {fill('a', len(line) - 3)}\r\n")
    assert_as_cheap(server, hostile, harmless)


@pytest.mark.parametrize("name", BODIES)
def test_bodies(server: Server, name: str) -> None:
    assert_as_cheap(server, task(BODIES[name]), task(PADDING + '{"title": "x"}'))
