"""One stranger cannot jam the door: somebody works on while everything hostile comes at once.

By `make siege` and not by `make test`, because it measures: nothing else may run beside it.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from e2e.conftest import StackFactory
from e2e.people import Person, own_address, sign_up
from tools.postgres import Postgres
from tools.stack import Stack

QUIET_SECONDS = 12
SIEGE_SECONDS = 30
TIMES = 3  # the victim's p99 under siege, at most, in its quiet p99
FLOOR = 0.025  # seconds; below this a factor says more about the machine's scheduler than about us
PAGE = resource.getpagesize()
MEMORY = 150 << 20  # bytes that either half may grow by


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def besieged(request: pytest.FixtureRequest, start_stack: StackFactory) -> Iterator[Stack]:
    """A copy at the log level of production."""
    if request.param == "sqlite":
        yield start_stack(LOG_LEVEL="info")
        return
    with Postgres() as server:
        yield start_stack(
            LOG_LEVEL="info",
            AUTH_DATABASE_URL=server.create("accounts"),
            DATABASE_URL=server.create("tasks"),
        )


def p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def resident(stack: Stack) -> dict[str, int]:
    """Bytes of memory that each half holds, the processes it started included."""
    sizes = dict.fromkeys(stack.running, 0)
    sessions = {process.pid: half for half, process in stack.running.items()}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            half = sessions.get(os.getsid(int(entry.name)))
            if half:
                sizes[half] += int((entry / "statm").read_text().split()[1]) * PAGE
    return sizes


def work(person: Person, seconds: float) -> dict[str, list[float]]:
    """What a person does, again and again: sign in, renew the pass, list tasks, open a page."""
    took: dict[str, list[float]] = {"list": [], "renew": [], "page": [], "sign in": []}
    stack = person.stack

    def measure(what: str, ask: Callable[[], httpx.Response]) -> None:
        began = time.perf_counter()
        answer = ask()
        took[what].append(time.perf_counter() - began)
        assert answer.status_code == 200, f"{what}: {answer.status_code} {answer.text[:200]}"

    until = time.monotonic() + seconds
    with httpx.Client(base_url=stack.web_url, timeout=30, transport=own_address()) as visitor:
        credentials = {"email": person.email, "password": person.password}
        next_renewal = next_sign_in = 0.0
        while time.monotonic() < until:
            measure("list", lambda: person.api.get(person.tasks_path))
            measure("page", lambda: visitor.get("/login"))
            if time.monotonic() > next_renewal:
                next_renewal = time.monotonic() + 0.5
                measure("renew", lambda: person.auth.get("/gatepass/token"))
            if time.monotonic() > next_sign_in:  # within the limit of three in ten seconds
                next_sign_in = time.monotonic() + 4
                measure(
                    "sign in", lambda: visitor.post("/api/auth/sign-in/email", json=credentials)
                )
                visitor.cookies.clear()
            time.sleep(0.03)
    return took


def test_somebody_works_on_while_strangers_send_all_they_have(besieged: Stack) -> None:
    victim, besieger = sign_up(besieged, "Vera"), sign_up(besieged, "Bess")
    for number in range(20):
        victim.add_task(f"Task {number}")
        besieger.add_task(f"Task {number}", description="y" * 5000)

    quiet = work(victim, QUIET_SECONDS)
    before = resident(besieged)
    target = {
        "web": besieged.web_url,
        "api": besieged.api_url,
        "tasks_path": besieger.tasks_path,
        "token": besieger.token,
    }
    siege = subprocess.Popen(
        [sys.executable, "-m", "e2e.siege", str(SIEGE_SECONDS)], stdin=subprocess.PIPE, text=True
    )
    assert siege.stdin
    json.dump(target, siege.stdin)
    siege.stdin.close()
    most = dict(before)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for half, size in resident(besieged).items():
                most[half] = max(most[half], size)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        under_siege = work(victim, SIEGE_SECONDS - 2)
    finally:
        over.set()
        watching.join()
        siege.kill()
        siege.wait()

    for what, seconds in under_siege.items():
        allowed = TIMES * max(p99(quiet[what]), FLOOR)
        sys.stdout.write(f"{what}: quiet {p99(quiet[what]):.3f} s, now {p99(seconds):.3f} s\n")
        assert p99(seconds) < allowed, f"{what} took {p99(seconds):.3f} s, {allowed:.3f} s at most"
    for half, size in most.items():
        grown = size - before[half]
        sys.stdout.write(f"{half}: {before[half] >> 20} MiB, grew by {grown >> 20} MiB\n")
        assert grown < MEMORY, f"the {half} grew by {grown >> 20} MiB"
