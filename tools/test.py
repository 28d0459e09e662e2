"""Runs the test suites, one after the other, all of them even if one fails.

Usage: python -m tools.test [python] [npm] [backend] [frontend] [e2e]   (default: all)
"""

import sys
import time
from pathlib import Path

from tools import browser, build, node, processes
from tools.say import fail, step

ROOT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
SUITES = {
    "python": [*PYTEST, "packages/python/tests"],
    "npm": node.tool("vitest", "run", "--root", "packages/npm"),
    "backend": [*PYTEST, "backend/tests"],
    "frontend": node.tool("vitest", "run", "--root", "frontend"),
    "e2e": [*PYTEST, "e2e"],
}


def main(chosen: list[str]) -> None:
    """Runs the chosen suites and closes with a line for each; exit code 1 if one failed."""
    unknown = set(chosen) - set(SUITES)
    if unknown:
        fail(f"there is no suite {', '.join(sorted(unknown))}; choose from {', '.join(SUITES)}")
    outcomes = []
    for name in chosen or SUITES:
        if name == "e2e":
            browser.install()
            build.build()
        step(f"Testing: {name}")
        begun = time.monotonic()
        code, _ = processes.finish(SUITES[name], ROOT, node.environment())
        outcomes.append((name, code, time.monotonic() - begun))
    print()
    for name, code, seconds in outcomes:
        print(f"{'FAILED' if code else 'passed'}  {name:<9} {seconds:5.0f} s", flush=True)
    if any(code for _, code, _ in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    processes.end_on_signals()
    try:
        main(sys.argv[1:])
    except processes.Ended:
        raise SystemExit(130) from None
