"""What a request to the task API costs, between the usual way and the least that answers.

    .venv/bin/python -m bench.api [--rounds N] [--rows N]      (Linux only: reads /proc)

Three real uvicorn processes on the same database server: the task API as shipped, `usual.py` and
`bare.py`. They take turns, and what counts is the CPU time that the server process spends on a
request, so that a busy machine and the client hardly matter; PostgreSQL's own time does not count.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from uuid import uuid4

from bench.contestants import Connection, Contestant
from bench.data import OWNERS, fill, long_list
from bench.report import Figure, write
from tools.postgres import Postgres

REQUESTS = 200  # per contestant, operation and round
USERS = 31  # prime, so that the long list takes its share from each alike
LOAD_SECONDS, CONNECTIONS = 5.0, 16
BODY = json.dumps({"title": "Water the plants", "due_date": "2026-12-31"}).encode()
PATCH = json.dumps({"title": "Water all the plants"}).encode()
OPERATIONS = {
    "list of 20": "GET",
    "one task read": "GET",
    "POST": "POST",
    "PUT": "PUT",
    "PATCH": "PATCH",
    "DELETE": "DELETE",
    "refused without a pass": "GET",
}
MUSTS = {"list of 20": {"PostgreSQL": 3.5, "SQLite": 5.0}}  # times the usual way's cost; else 3
Costs = dict[str, list[float]]


def users() -> Callable[[], str]:
    """Owners of more than a page each, in turns."""
    numbers = count()
    return lambda: f"user-{1 + next(numbers) % USERS}"


def made(contestant: Contestant, amount: int) -> list[tuple[str, str]]:
    """So many new tasks: owner and path of each."""
    user, found = users(), []
    for _ in range(amount):
        owner = user()
        tasks = f"/api/users/{owner}/tasks"
        _, body = contestant.connection.ask("POST", tasks, owner, BODY)
        found.append((owner, f"{tasks}/{json.loads(body)['id']}"))
    return found


def cost(contestant: Contestant, operation: str, requests: int) -> float:
    """CPU microseconds of the server for one request."""
    contestant.reconnect()
    method, user = OPERATIONS[operation], users()
    targets = [(owner := user(), f"/api/users/{owner}/tasks") for _ in range(requests)]
    if operation in ("one task read", "PATCH", "DELETE"):
        targets = made(contestant, requests)
    if operation == "PUT":  # half of them are new
        targets = [(owner, f"{path}/{uuid4()}") for owner, path in targets[::2] for _ in "ab"]
    body = {"POST": BODY, "PUT": BODY, "PATCH": PATCH}.get(method, b"")
    expected = (401,) if operation.startswith("refused") else (200, 201, 204)
    before = contestant.spent()
    for owner, target in targets:
        passed = None if expected == (401,) else owner
        status, answer = contestant.connection.ask(method, target, passed, body)
        if status not in expected:
            raise RuntimeError(f"{method} {target}: {status} {answer.decode()}")
    return (contestant.spent() - before) / len(targets) * 1e6


def median(values: list[float]) -> float:
    return statistics.median(values)


def spread(values: list[float]) -> float:
    """How far the rounds lay apart, the outermost left out, as a share of the median."""
    inner = sorted(values)[1:-1] if len(values) > 4 else values
    return (max(inner) - min(inner)) / median(values)


def latencies(contestant: Contestant) -> tuple[float, float]:
    """p50 and p99 in milliseconds of reads and every tenth a write, on many connections."""
    times: list[float] = []
    ending = time.monotonic() + LOAD_SECONDS

    def caller(number: int) -> None:
        connection, owner = Connection(contestant.port), f"user-{1 + number}"
        tasks = f"/api/users/{owner}/tasks"
        for turn in count(number):
            if time.monotonic() > ending:
                return
            began = time.perf_counter()
            if turn % 10:
                connection.ask("GET", tasks, owner)
            else:
                connection.ask("POST", tasks, owner, BODY)
            times.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=caller, args=[number]) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[98]


def waits(contestant: Contestant, targets: list[str], user: str, turns: int = 41) -> list[float]:
    """Median milliseconds that a caller waits for each target, asked in turns."""
    contestant.reconnect()
    times: list[list[float]] = [[] for _ in targets]
    for _ in range(turns):
        for target, found in zip(targets, times, strict=True):
            began = time.perf_counter()
            contestant.connection.ask("GET", target, user)
            found.append((time.perf_counter() - began) * 1000)
    return [median(found) for found in times]


def page_500(contestant: Contestant, user: str) -> str:
    """The address of the 500th page of a long list."""
    tasks = target = f"/api/users/{user}/tasks"
    for _ in range(499):
        _, body = contestant.connection.ask("GET", target, user)
        cursor = json.loads(body)["next_cursor"]
        if cursor is None:
            break
        target = f"{tasks}?cursor={cursor}"
    return target


def sync_waits(folder: str) -> str:
    """How long the disk takes to keep 8 KB, which each commit on SQLite waits for."""
    times = []
    with Path(folder, "sync").open("wb") as file:
        for _ in range(200):
            file.write(bytes(8192))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(times, n=100)
    return f"The disk keeps 8 KB in {cuts[49]:.1f} ms (p50), {cuts[98]:.1f} ms (p99)."


def measure(
    database: str, url: str, small: str, arguments: argparse.Namespace, notes: list[str]
) -> list[Figure]:
    """All figures of one database; what they were made from goes into *notes*."""
    print(f"{database}: filling {arguments.rows} rows", flush=True)
    fill(url, arguments.rows, usual=True)
    fill(small, 1000, usual=False, owners=1 + USERS)
    figures = []
    with ExitStack() as stack:

        def start(name: str, at: str) -> Contestant:
            contestant = Contestant(name, at)
            stack.callback(contestant.stop)
            return contestant

        ours = start("ours", url)
        contestants = {"usual": start("usual", url), "bare": start("bare", url), "ours": ours}
        costs: dict[str, Costs] = {name: {each: [] for each in OPERATIONS} for name in contestants}
        for turn in range(arguments.rounds + 1):
            print(f"{database}: round {turn} of {arguments.rounds}", flush=True)
            for operation in OPERATIONS:
                for name, contestant in contestants.items():
                    found = cost(contestant, operation, REQUESTS)
                    if turn:  # the first warms up
                        costs[name][operation].append(found)
        mid = {
            name: {key: median(values) for key, values in each.items()}
            for name, each in costs.items()
        }
        for name, each in mid.items():
            listed = ", ".join(f"{key} {value:.0f}" for key, value in each.items())
            notes.append(f"Microseconds of CPU, {name}: {listed}.")
        for operation in list(OPERATIONS)[:-1]:
            ratio = mid["usual"][operation] / mid["ours"][operation]
            moved = max(spread(costs[name][operation]) for name in ("usual", "ours"))
            must = MUSTS.get(operation, {}).get(database, 3.0)
            figures.append(Figure(f"{operation}: usual / ours", ratio, f"≥ {must}", moved))
        listing = "list of 20"
        for operation in list(OPERATIONS)[:-1]:
            ratio = mid["bare"][operation] / mid["ours"][operation]
            moved = max(spread(costs[name][operation]) for name in ("bare", "ours"))
            least = "≥ 0.35" if operation == listing else ""
            figures.append(Figure(f"{operation}: bare / ours", ratio, least, moved))
        refused = mid["ours"]["refused without a pass"] / mid["ours"][listing]
        figures.append(Figure("refused without a pass / list", refused, "≤ 0.2"))
        p50, p99 = latencies(ours)
        figures.append(Figure("90 % reads, 10 % writes: p99 / p50", p99 / p50, "≤ 4"))
        tasks = "/api/users/user-1/tasks"
        beside = start("ours", small)
        beside.connection.ask("GET", tasks, "user-1")
        pairs = [
            (cost(beside, listing, REQUESTS), cost(ours, listing, REQUESTS))
            for _ in range(arguments.rounds)
        ]
        few, many = (median(list(each)) for each in zip(*pairs, strict=True))
        figures.append(Figure("list: a thousand rows / all rows", few / many, "≥ 0.95"))
        long = "/api/users/user-0/tasks"
        last = page_500(ours, "user-0")
        first, far, miss = waits(ours, [long, last, f"{long}?q=nowhere"], "user-0")
        figures.append(Figure("page 1 / page 500, waited for", first / far, "≥ 0.95"))
        figures.append(
            Figure(
                f"search without a hit in {long_list(arguments.rows)} tasks, ms",
                miss,
                "≤ 15",
                plotted=False,
            )
        )
        figures.append(Figure("start to first answer, s", beside.started, "≤ 0.7", plotted=False))
        resident = ours.resident()
        figures.append(Figure("resident after the load, MiB", resident, "≤ 80", plotted=False))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="what a request to the task API costs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    setting = (
        f"{arguments.rows} rows of {OWNERS} owners, one of whom has {long_list(arguments.rows)}; "
        f"medians of {arguments.rounds} rounds in turns."
    )
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        runs = {
            "sqlite": ("SQLite", f"{folder}/tasks.sqlite", f"{folder}/small.sqlite"),
            "postgresql": ("PostgreSQL", server.create("tasks"), server.create("small")),
        }
        for part, (name, url, small) in runs.items():
            if arguments.only in (None, part):
                notes = [setting, *([sync_waits(folder)] if part == "sqlite" else [])]
                figures = measure(name, url, small, arguments, notes)
                write(f"api-{part}", f"The task API on {name}", figures, notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
