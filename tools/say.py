"""One voice for every tool: a step, a hint, and the one-line refusal."""

import sys
from typing import NoReturn


def step(text: str) -> None:
    """Announces what is about to happen."""
    print(f"\033[1m==>\033[0m {text}" if sys.stdout.isatty() else f"==> {text}", flush=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """Ends the program with one clear line on stderr."""
    print(f"error: {text}", file=sys.stderr, flush=True)
    raise SystemExit(code)
