"""One stranger cannot jam the door: somebody works on while everything hostile comes at once.

By `make siege` and not by `make test`, because it measures. Quiet and besieged spells take turns,
so that what else the machine does weighs on both alike.
"""

import contextlib
import itertools
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import httpx
import pytest

from e2e.conftest import StackFactory
from e2e.people import Person, own_address, sign_up
from e2e.siege import Target
from tools.postgres import Postgres
from tools.stack import Stack

WARM_UP = 300  # pages
VISITORS = 10
ROUNDS = 5
QUIET_SECONDS = 4  # of each round
SIEGE_SECONDS = 8
RATE = 10  # hostile requests a second, at least, besides 120 stalled connections
TIMES = 3  # the victim's p99 under siege, at most, in its quiet p99
FLOOR = 0.025  # seconds; below this a factor says more about the machine's scheduler than about us
WORK = ("list", "renew", "page", "sign in")
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
    """What a person does, again and again: sign in, renew the pass, list tasks, open a page.

    Each page is somebody else's: nobody opens one after the other without a pause.
    """
    took: dict[str, list[float]] = {what: [] for what in WORK}
    stack = person.stack

    def measure(what: str, ask: Callable[[], httpx.Response]) -> None:
        began = time.perf_counter()
        answer = ask()
        took[what].append(time.perf_counter() - began)
        assert answer.status_code == 200, f"{what}: {answer.status_code} {answer.text[:200]}"

    until = time.monotonic() + seconds
    with contextlib.ExitStack() as opened:
        visitors = itertools.cycle(
            opened.enter_context(
                httpx.Client(base_url=stack.web_url, timeout=30, transport=own_address())
            )
            for _ in range(VISITORS)
        )
        credentials = {"email": person.email, "password": person.password}
        next_renewal = next_sign_in = 0.0
        while time.monotonic() < until:
            visitor = next(visitors)
            measure("list", lambda: person.api.get(person.tasks_path))
            measure("page", partial(visitor.get, "/login"))
            if time.monotonic() > next_renewal:  # within the limit of a hundred in ten seconds
                next_renewal = time.monotonic() + 0.13
                measure("renew", lambda: person.auth.get("/gatepass/token"))
            if time.monotonic() > next_sign_in:  # within the limit of three in ten seconds
                next_sign_in = time.monotonic() + 4
                sign_in = partial(visitor.post, "/api/auth/sign-in/email", json=credentials)
                measure("sign in", sign_in)
                visitor.cookies.clear()
            time.sleep(0.03)
    return took


def warm_up(stack: Stack) -> None:
    """As many pages as an address may have, so that both halves have the memory that work takes."""
    with httpx.Client(base_url=stack.web_url, timeout=30, transport=own_address()) as visitor:
        for _ in range(WARM_UP):
            assert visitor.get("/login").status_code == 200


@contextlib.contextmanager
def siege_of(target: Target) -> Iterator[subprocess.Popen[str]]:
    """The besiegers at work, as a process in a session of their own."""
    siege = subprocess.Popen(
        [sys.executable, "-m", "e2e.siege", str(SIEGE_SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert siege.stdin
        siege.stdin.write(json.dumps(asdict(target)) + "\n")
        siege.stdin.flush()
        yield siege
    finally:
        siege.kill()
        siege.wait()


def test_somebody_works_on_while_strangers_send_all_they_have(besieged: Stack) -> None:
    victim, besieger = sign_up(besieged, "Vera"), sign_up(besieged, "Bess")
    for number in range(20):
        victim.add_task(f"Task {number}")
        besieger.add_task(f"Task {number}", description="y" * 5000)

    target = Target(besieged.web_url, besieged.api_url, besieger.tasks_path, besieger.token)
    quiet: dict[str, list[float]] = {what: [] for what in WORK}
    under_siege: dict[str, list[float]] = {what: [] for what in WORK}
    warm_up(besieged)
    before = resident(besieged)
    most = dict(before)
    sent = 0
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for half, size in resident(besieged).items():
                most[half] = max(most[half], size)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for _ in range(ROUNDS):
            for what, seconds in work(victim, QUIET_SECONDS).items():
                quiet[what] += seconds
            with siege_of(target) as siege:
                time.sleep(0.5)
                for what, seconds in work(victim, SIEGE_SECONDS - 1).items():
                    under_siege[what] += seconds
                sent += int(siege.communicate(timeout=4 * SIEGE_SECONDS)[0])
    finally:
        over.set()
        watching.join()

    sys.stdout.write(f"hostile requests: {sent / ROUNDS / SIEGE_SECONDS:.0f} a second\n")
    for what in WORK:
        then, now = p99(quiet[what]), p99(under_siege[what])
        times = f"{len(quiet[what])} and {len(under_siege[what])} times"
        sys.stdout.write(f"{what}: quiet {then:.3f} s, now {now:.3f} s ({times})\n")
    for half, size in most.items():
        grown = size - before[half]
        sys.stdout.write(f"{half}: {before[half] >> 20} MiB, grew by {grown >> 20} MiB\n")
    assert sent > RATE * ROUNDS * SIEGE_SECONDS
    for what in WORK:
        took, allowed = p99(under_siege[what]), TIMES * max(p99(quiet[what]), FLOOR)
        assert took < allowed, f"{what} took {took:.3f} s, {allowed:.3f} s at most"
    for half, size in most.items():
        assert size - before[half] < MEMORY, f"the {half} grew too much"
