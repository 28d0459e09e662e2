"""The Python half: every supported Python, with the oldest and the newest FastAPI and Starlette.

Each combination is an environment of its own with the built wheel; the package's own tests run
there. An interpreter is taken from this machine, fetched by uv, or CPython for WebAssembly.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.matrix import wasm
from tools.matrix.page import Row, write
from tools.say import step

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).parent / "uv"
PACKAGE = ROOT / "packages/python"
FETCH_SECONDS = 120
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEWEST = ("fastapi", "starlette")
WITH_FASTAPI = (
    "claims", "contract", "fastapi", "keyring", "middleware", "paths", "protect", "refusals",
    "testing", "verifier",
)  # fmt: skip
WITH_STARLETTE = ("middleware", "refusals")
WITH_NEITHER = ("claims", "contract", "inspect", "keyring", "verifier")
PYTEST = ("-q", "-p", "no:cacheprovider", "-o", "filterwarnings=default")
LEFT_OUT = ("-k", "not files_are_what")
TESTS_NEED = ("pytest", "hypothesis", "httpx2", "uvicorn")
BEFORE_HTTPX_0_28 = "httpx<0.28"  # what the TestClient of those days needs


@dataclass(frozen=True)
class Combination:
    """What to install beside the wheel, and which of its test files can run there."""

    name: str
    requirements: tuple[str, ...]
    tests: tuple[str, ...]


def combinations() -> list[Combination]:
    """The oldest versions are the lower bounds of the package's extras."""
    extras = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    oldest = dict(re.findall(r'"(fastapi|starlette)>=([0-9.]+)"', extras))
    return [
        Combination("newest", ("fastapi", "httpx"), WITH_FASTAPI),
        Combination(
            "oldest FastAPI",
            (f"fastapi=={oldest['fastapi']}.0", BEFORE_HTTPX_0_28),
            WITH_FASTAPI,
        ),
        Combination("oldest Starlette", (f"starlette=={oldest['starlette']}.0",), WITH_STARLETTE),
        Combination("newest Starlette", ("starlette",), WITH_STARLETTE),
    ]


def interpreter(version: str) -> Path | None:
    """An interpreter of *version*: this machine's, pyenv's or what uv can fetch."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if pyenv:
        return pyenv[-1]
    with contextlib.suppress(subprocess.TimeoutExpired):  # where nothing can be fetched
        fetch = [str(UV), "python", "install", "--quiet", version]
        subprocess.run(fetch, check=False, capture_output=True, timeout=FETCH_SECONDS)
    found = subprocess.run(
        [UV, "python", "find", version], check=False, capture_output=True, text=True
    )
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def run(python: Path, combination: Combination, wheel: Path, at: Path) -> Row:
    """Install *combination* into a fresh environment, run the tests and say what came of it."""
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(PACKAGE / "tests")])
    subprocess.run([UV, "venv", "--quiet", "--python", python, at], check=True, env=environ)
    install = [str(UV), "pip", "install", "--quiet", "--python", str(at), str(wheel)]
    wanted = [*combination.requirements, *TESTS_NEED]
    installed = subprocess.run([*install, *wanted], check=False, env=environ)
    program = at / ("Scripts" if os.name == "nt" else "bin") / "python"
    versions = dict.fromkeys(("python", *NEWEST), "-")
    if installed.returncode:
        return Row((combination.name, *versions.values()), "cannot be installed")
    script = (
        "import sys; from importlib.metadata import distributions as d; "
        "print('python', sys.version.split()[0]); [print(x.name.lower(), x.version) for x in d()]"
    )
    listed = subprocess.run([program, "-c", script], check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        name, version = line.split()
        if name in versions:
            versions[name] = version
    files = [PACKAGE / f"tests/test_{name}.py" for name in combination.tests]
    done = subprocess.run(
        [program, "-m", "pytest", *PYTEST, *LEFT_OUT, *files],
        check=False,
        capture_output=True,
        text=True,
        env=environ,
        cwd=ROOT,
    )
    last = (done.stdout.strip().splitlines() or [done.stderr[-200:]])[-1]
    print(f"    {combination.name}: {last}", flush=True)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-1000:])
    passed = re.search(r"(\d+) passed", last)
    outcome = f"{passed[1]} tests passed" if passed and not done.returncode else f"failed: {last}"
    return Row((combination.name, *versions.values()), outcome)


def run_in_wasm(version: str, wheel: Path, at: Path) -> list[Row]:
    """The same in a CPython for WebAssembly, as far as it goes there."""
    rows = []
    for name, requirements, tests, event_loop in (
        ("neither", (), WITH_NEITHER, False),
        ("newest Starlette", ("starlette",), WITH_STARLETTE, True),
    ):
        home = at / name.replace(" ", "-")
        combination = f"{name}, CPython in WebAssembly"
        if not wasm.prepare(version, requirements, wheel, home):
            rows.append(Row((combination, version, "-", "-"), "not run: no interpreter to be had"))
            continue
        starlette = next((home / "site").glob("starlette-*.dist-info"), None)
        files = [PACKAGE / f"tests/test_{test}.py" for test in tests]
        python, outcome = wasm.run(home, files, [*PYTEST, *LEFT_OUT], event_loop=event_loop)
        print(f"    {combination}: {outcome}", flush=True)
        known = starlette.name.split("-")[1].removesuffix(".dist") if starlette else "-"
        rows.append(Row((combination, python, "-", known), outcome))
    return rows


def main() -> bool:
    """Run every combination, write the table and tell whether all of them passed."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="gatepass-matrix-") as folder:
        out = Path(folder)
        subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", out, PACKAGE], check=True)
        wheel = next(out.glob("*.whl"))
        for version in PYTHONS:
            step(f"Python {version}")
            python = interpreter(version)
            if python is None and version in wasm.VERSIONS:
                at = out / f"{version}-wasm"
                at.mkdir()
                rows += run_in_wasm(version, wheel, at)
                continue
            if python is None:
                rows.append(Row(("any", version, "-", "-"), "not run: no interpreter to be had"))
                continue
            for number, combination in enumerate(combinations()):
                rows.append(run(python, combination, wheel, out / f"{version}-{number}"))
    write("python", "gatepass for Python", ("combination", "Python", "FastAPI", "Starlette"), rows)
    return not any(row.outcome.startswith(("failed", "cannot")) for row in rows)
