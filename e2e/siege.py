"""The besiegers: every hostile input that a stranger, or a user who is one, can send at once.

Raw connections, because no HTTP client would send most of it. They run as a process of their own
at a low priority, so that what the victim feels is what the servers spend on them and not the
time that the besiegers themselves take; see `test_siege.py`.

Usage: python -m e2e.siege SECONDS < JSON of a Target; prints how many requests were sent whole
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROUND = 20  # connections that one kind of attack holds open at a time
PATIENCE = 5  # seconds that a besieger waits for an answer


@dataclass
class Target:
    """Where to send it, and the account of the besieger who has one."""

    web: str
    api: str
    tasks_path: str
    token: str


def request(line: str, host: str, *headers: str, body: bytes = b"") -> bytes:
    if body:
        headers = (*headers, f"Content-Length: {len(body)}")
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode() + body


def form(host: str, origin: str, path: str, fields: dict[str, str]) -> bytes:
    body = json.dumps(fields).encode()
    return request(
        f"POST {path}", host, "Content-Type: application/json", f"Origin: {origin}", body=body
    )


def whole_requests(target: Target) -> Iterator[tuple[str, bytes]]:
    """What is sent in one piece, by the half it goes to."""
    web, api = urlsplit(target.web).netloc, urlsplit(target.api).netloc
    bearer = f"Authorization: Bearer {target.token}"
    mail = "somebody@example.com"
    sign_up = {"name": "S", "email": mail, "password": "1" * 60_000}
    yield target.api, request("GET /" + "a" * 1_000_000, api)
    yield target.api, request("GET /", api, *(f"X-{n}: {'b' * 8000}" for n in range(200)))
    yield target.api, request("GET /api/me", api, "Authorization: Bearer " + "eyJ[" * 2000)
    yield target.api, request("GET /api/me", api, f"X-Request-ID: {'.' * 8000}")
    yield target.api, request(f"GET {target.tasks_path}?{'limit=1&' * 1900}", api, bearer)
    yield (
        target.api,
        request(f"POST {target.tasks_path}", api, bearer, body=b'{"a":' * 12_000 + b"1"),
    )
    yield (
        target.api,
        request(f"GET {target.tasks_path}?limit=100&q={quote('zyx' * 60)}", api, bearer),
    )
    yield target.web, request("GET /health", web) * 16
    yield target.web, request("GET /ready", web) * 16
    yield target.web, request("GET /login?" + "a=1&" * 3500, web)
    yield (
        target.web,
        request("GET /login", web, "Cookie: " + "; ".join(f"c{n}=1" for n in range(1500))),
    )
    yield target.web, request("GET /icon.svg", web, "User-Agent: " + "-" * 15_000)
    yield target.web, request("GET /api/auth/ok", web) * 50
    yield target.web, request("GET /api/auth/" + "x" * 2800, web)
    yield (
        target.web,
        request("GET /api/auth/verify-email?token=x&callbackURL=" + ";token" * 2500, web),
    )
    yield target.web, request("GET /login?next=" + "/%2e" * 3000, web)
    yield target.web, form(web, target.web, "/api/auth/sign-up/email", sign_up)
    yield (
        target.web,
        form(
            web,
            target.web,
            "/api/auth/sign-in/email",
            {"email": "a@" + "." * 60_000, "password": "x"},
        ),
    )
    yield (
        target.web,
        form(
            web,
            target.web,
            "/api/auth/sign-in/email",
            {"email": mail, "password": "wrong horse", "callbackURL": ";token" * 10_000},
        ),
    )
    yield target.web, request("POST /api/auth/sign-out", web, "Origin: " + "https://" + "a." * 3000)


async def send(url: str, data: bytes) -> None:
    """One request and the beginning of its answer; a refused or ended connection is an answer."""
    where = urlsplit(url)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            try:
                writer.write(data)
                await writer.drain()
                await reader.read(1000)
            finally:
                writer.close()


async def stall(url: str, beginning: bytes, drop: bytes) -> None:
    """A connection that says little and slowly, for as long as it is let."""
    where = urlsplit(url)
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            writer.write(beginning)
            while drop:
                await asyncio.sleep(1)
                writer.write(drop)
                await writer.drain()
            await asyncio.sleep(PATIENCE)
        finally:
            writer.close()


async def again_and_again(attack: Callable[[], Awaitable[None]], until: float) -> int:
    """Do it until that time; how often it was done."""
    times = 0
    while time.monotonic() < until:
        await attack()
        times += 1
        await asyncio.sleep(0.05)
    return times


async def besiege(target: Target, seconds: float) -> int:
    """All of it at once, for so many seconds and no longer; how many requests were sent."""
    until = time.monotonic() + seconds
    attacks: list[Coroutine[Any, Any, int]] = []
    holding: list[Coroutine[Any, Any, None]] = []
    for url, data in whole_requests(target):
        searches = 20 if b"zyx" in data else 2
        attacks += [repeat(url, data, until) for _ in range(searches)]
    for url in (target.api, target.web):
        host = urlsplit(url).netloc
        silent, partial = b"", f"GET / HTTP/1.1\r\nHost: {host}\r\n".encode()
        body = request("POST /api/me", host, "Content-Length: 60000")
        for beginning, drop in ((silent, b""), (partial, b"X-A: b\r\n"), (body, b"a")):
            holding += [hold(url, beginning, drop, until) for _ in range(ROUND)]
    sent, _ = await asyncio.gather(asyncio.gather(*attacks), asyncio.gather(*holding))
    return sum(sent)


async def repeat(url: str, data: bytes, until: float) -> int:
    return await again_and_again(lambda: send(url, data), until)


async def hold(url: str, beginning: bytes, drop: bytes, until: float) -> None:
    async def one() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(until - time.monotonic()):
                await stall(url, beginning, drop)

    await again_and_again(one, until)


def yield_to_others() -> None:
    """The least weight there is. Linux weighs sessions first, and processes only within
    one (sched(7), "The autogroup feature"), so it takes a session of one's own."""
    os.nice(19)
    with contextlib.suppress(OSError):  # where there are no such groups
        Path("/proc/self/autogroup").write_text("19")


if __name__ == "__main__":
    yield_to_others()
    sent = asyncio.run(besiege(Target(**json.loads(sys.stdin.readline())), float(sys.argv[1])))
    sys.stdout.write(f"{sent}\n")
