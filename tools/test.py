"""Runs the test suites, two at a time and the whole product's alone; all of them even if one fails.

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
IN_BROWSERS = ["--numprocesses=3", "--dist=loadfile", "--max-worker-restart=0"]
SUITES = {
    "backend": [*PYTEST, "backend/tests"],
    "python": [*PYTEST, "packages/python/tests", "tools/doctor/tests"],
    "frontend": node.tool("vitest", "run", "--root", "frontend"),
    "npm": node.tool("vitest", "run", "--root", "packages/npm"),
    "examples": [*PYTEST, "examples/tests"],
    "rehearse": [*PYTEST, "deploy/tests", "tools/rehearse/tests"],
    "e2e": [*PYTEST, *IN_BROWSERS, "--ignore=e2e/test_siege.py", "e2e"],
}
# These start both halves, several times: they share the machine with no other suite.
ALONE = {"rehearse", "e2e"}
SIDE_BY_SIDE = 2


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
    outcomes = side_by_side([name for name in names if name not in ALONE])
    for name in [name for name in names if name in ALONE]:
        if name == "e2e":
            browser.install()
        build.build()
        outcomes.append(alone(name))
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
