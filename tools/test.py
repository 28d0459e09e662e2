"""Runs the test suites, three at a time and the browsers' alone; all of them even if one fails.

Usage: python -m tools.test [SUITE …]   (default: all of SUITES)
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools import browser, build, node, processes
from tools.say import fail, step

ROOT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
# Without a restart: a test that hangs ends its worker, and would be begun again and hang again.
BY_FILE = ["--dist=loadfile", "--max-worker-restart=0"]
SUITES = {  # the longest first
    "backend": [*PYTEST, "--numprocesses=2", *BY_FILE, "backend/tests"],
    "frontend": node.tool("vitest", "run", "--root", "frontend"),
    "rehearse": [*PYTEST, "deploy/tests", "tools/rehearse/tests"],
    "examples": [*PYTEST, "examples/tests"],
    "python": [*PYTEST, "packages/python/tests", "tools/doctor/tests"],
    "npm": node.tool("vitest", "run", "--root", "packages/npm"),
    "e2e": [*PYTEST, "--numprocesses=3", *BY_FILE, "--ignore=e2e/test_siege.py", "e2e"],
}
BUILT = {"rehearse", "e2e"}  # these start the frontend as it is served
SIDE_BY_SIDE = 3  # they wait half of their time


@dataclass
class Run:
    """A suite under way; its output is shown in one piece when it has ended."""

    name: str
    output: IO[str]
    process: subprocess.Popen[str]
    begun: float


def main(chosen: list[str]) -> None:
    """Runs the chosen suites and closes with a line for each; exit code 1 if one failed."""
    unknown = set(chosen) - set(SUITES)
    if unknown:
        fail(f"there is no suite {', '.join(sorted(unknown))}; choose from {', '.join(SUITES)}")
    names = chosen or list(SUITES)
    if not BUILT.isdisjoint(names):
        build.build()
    outcomes = side_by_side([name for name in names if name != "e2e"])
    if "e2e" in names:
        browser.install()
        outcomes.append(alone("e2e"))
    print()
    for name, code, seconds in outcomes:
        print(f"{'FAILED' if code else 'passed'}  {name:<9} {seconds:5.0f} s", flush=True)
    if any(code for _, code, _ in outcomes):
        raise SystemExit(1)


def alone(name: str) -> tuple[str, int, float]:
    step(f"Testing: {name}")
    begun = time.monotonic()
    code, _ = processes.finish(SUITES[name], ROOT, node.environment())
    return name, code, time.monotonic() - begun


def side_by_side(names: Iterable[str]) -> list[tuple[str, int, float]]:
    outcomes: list[tuple[str, int, float]] = []
    waiting, running = list(names), list[Run]()
    try:
        while waiting or running:
            while waiting and len(running) < SIDE_BY_SIDE:
                running.append(begin(waiting.pop(0)))
            time.sleep(0.1)
            for run in [run for run in running if run.process.poll() is not None]:
                running.remove(run)
                outcomes.append((run.name, run.process.returncode, time.monotonic() - run.begun))
                step(f"Tested: {run.name}")
                run.output.seek(0)
                print(run.output.read(), flush=True)
    finally:
        for run in running:
            processes.end(run.process)
    return outcomes


def begin(name: str) -> Run:
    step(f"Testing: {name}")
    output = tempfile.TemporaryFile("w+")  # noqa: SIM115 (read when the suite has ended)
    process = processes.start(SUITES[name], ROOT, node.environment(), output.fileno())
    return Run(name, output, process, time.monotonic())


if __name__ == "__main__":
    processes.run(lambda: main(sys.argv[1:]))
