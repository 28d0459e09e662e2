"""Installs both tool chains into the checkout: `.venv` (Python, uv and Node) and `node_modules`.

Runs under the system's Python before anything is installed. uv and npm know by themselves what is
there already: uv is asked each time (a tenth of a second), npm keeps a list of what it installed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import processes  # noqa: E402
from tools.say import fail, step  # noqa: E402  (the path above makes it importable)

VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
NPM_PATIENCE = 600  # seconds; npm was seen to wait for ever, with nothing under way
INSTALLED = ROOT / "node_modules/.package-lock.json"


def main() -> None:
    """Brings `.venv` and `node_modules` to what the lock files say."""
    found = sys.version_info[:2]
    if found < (3, 11):
        fail(f"Python 3.11 is needed, this is {found[0]}.{found[1]}; try `make PYTHON=python3.12`")
    install_python()
    if not node_is_current():
        install_node()


def node_is_current() -> bool:
    """Whether npm has installed what the lock names, packages of other systems aside."""
    if not INSTALLED.exists():
        return False
    wanted, there = (
        json.loads(path.read_text())["packages"] for path in (ROOT / "package-lock.json", INSTALLED)
    )
    return there.keys() <= wanted.keys() and all(
        name in there and there[name].get("integrity") == package.get("integrity")
        for name, package in wanted.items()
        if "node_modules/" in name and not package.get("optional")
    )


def install_python() -> None:
    if not is_whole_and_here():
        make_venv()
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV)}
    environment.pop("VIRTUAL_ENV", None)
    run([BIN / "uv", "sync", "--quiet", "--frozen", "--python", PYTHON], environment)


def is_whole_and_here() -> bool:
    """A virtual environment that was cut short lacks uv; one that was moved names another place."""
    activate = BIN / "activate"
    return (BIN / "uv").exists() and str(VENV) in activate.read_text()


def make_venv() -> None:
    step("Installing the Python tool chain into .venv")
    venv = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    code, output = processes.finish(venv, ROOT, os.environ, quiet=True)
    if code:
        shutil.rmtree(VENV, ignore_errors=True)
        print(output, file=sys.stderr)
        fail("cannot make a virtual environment; Debian: apt-get install python3-venv")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(locked_requirement("uv"))
        requirements.flush()
        pip: list[str | Path] = [PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        run([*pip, "install", "--require-hashes", f"--requirement={requirements.name}"])


def locked_requirement(name: str) -> str:
    """What pip installs only if its hash is among those in the lock; everything else uv checks."""
    import tomllib  # newer than the Pythons that main() refuses

    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    package = next(found for found in lock["package"] if found["name"] == name)
    files = [package["sdist"], *package["wheels"]]
    hashes = "".join(f" --hash={file['hash']}" for file in files)
    return f"{name}=={package['version']}{hashes}\n"


def install_node() -> None:
    step("Installing the Node packages into node_modules (about a minute the first time)")
    npm_ci: list[str | Path] = [PYTHON, "-m", "tools.node", "npm", "ci", "--loglevel=error"]
    try:
        run(npm_ci, seconds=NPM_PATIENCE)
    except subprocess.TimeoutExpired:
        step("npm has been at it for ten minutes; trying again with what it has fetched so far")
        run(npm_ci)


def run(
    command: list[str | Path],
    environment: Mapping[str, str] = os.environ,
    seconds: float | None = None,
) -> None:
    words = [str(part) for part in command]
    code, _ = processes.finish(words, ROOT, environment, seconds=seconds)
    if code:
        name = " ".join(Path(word).name for word in words[:5])
        fail(f"`{name}` failed; its message is above", code)


if __name__ == "__main__":
    processes.run(main)
