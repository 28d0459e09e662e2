"""Mutation testing: changes what decides about access, one place at a time, and expects a failure.

The programs are changed in a copy, never in the work tree. Survivors are printed as diffs; each
must be explained in docs/security.md.

Usage: python -m tools.mutants [verifier.py keyring.py …]   (default: all; a long time)
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.say import fail, step

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("pyproject.toml", "contract", "packages/python", "backend", "tools")
ENOUGH = 0.95

GATE = "packages/python/tests/test_"
API = "backend/tests/test_"
# The quick judges first: a mutant is dead at the first failure.
TARGETS = {
    "packages/python/src/gatepass/verifier.py": [f"{GATE}contract.py", f"{GATE}verifier.py"],
    "packages/python/src/gatepass/keyring.py": [f"{GATE}contract.py", f"{GATE}keyring.py"],
    "packages/python/src/gatepass/middleware.py": [
        f"{GATE}middleware.py",
        f"{GATE}refusals.py",
        f"{GATE}sockets.py",
    ],
    "packages/python/src/gatepass/bearer.py": [f"{GATE}middleware.py", f"{GATE}refusals.py"],
    "packages/python/src/gatepass/paths.py": [f"{GATE}paths.py"],
    "packages/python/src/gatepass/wsgi.py": [f"{GATE}wsgi.py", f"{GATE}testing.py"],
    "backend/taskapi/ownership.py": [f"{API}access.py", "-k", "not postgresql"],
    "backend/taskapi/owned/rows.py": [
        f"{API}tasks.py",
        f"{API}lists.py",
        f"{API}access.py",
        "-k",
        "not postgresql",
    ],
}


@dataclass(frozen=True)
class Outcome:
    """What became of the mutants of one program."""

    target: str
    killed: int
    survivors: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.killed / max(1, self.killed + len(self.survivors))

    @property
    def summary(self) -> str:
        total = self.killed + len(self.survivors)
        return f"{self.share:6.1%}  {self.killed}/{total} killed  {self.target}"


def main(chosen: list[str]) -> None:
    """Mutates the chosen programs; exit code 1 if fewer than 95 % of one's mutants are killed."""
    targets = [path for path in TARGETS if not chosen or Path(path).name in chosen]
    if not targets:
        fail(f"choose from {', '.join(Path(path).name for path in TARGETS)}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(mutate, targets))
    for outcome in outcomes:
        for survivor in outcome.survivors:
            print(f"\nsurvived in {outcome.target}:\n{survivor}")
    print()
    for outcome in outcomes:
        print(outcome.summary)
    if any(outcome.share < ENOUGH for outcome in outcomes):
        raise SystemExit(1)


def mutate(target: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", ".*", "*.sqlite*")
                shutil.copytree(source, copy / name, ignore=ignored)
            else:
                shutil.copy(source, copy / name)
        tests = " ".join(f"'{word}'" for word in [*pytest_command(), *TARGETS[target]])
        (copy / "mutants.toml").write_text(
            f'[cosmic-ray]\nmodule-path = "{target}"\ntimeout = 120.0\nexcluded-modules = []\n'
            f'test-command = "{tests}"\n[cosmic-ray.distributor]\nname = "local"\n'
        )
        step(f"Mutating {target}")
        run(copy, "pytest", *TARGETS[target])  # a red suite would kill every mutant
        run(copy, "cosmic_ray.cli", "init", "mutants.toml", "mutants.sqlite")
        run(copy, "cosmic_ray.cli", "exec", "mutants.toml", "mutants.sqlite")
        outcome = read(target, run(copy, "cosmic_ray.cli", "dump", "mutants.sqlite"))
        step(outcome.summary)
        return outcome


def pytest_command() -> list[str]:
    return [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]


def run(copy: Path, module: str, *arguments: str) -> str:
    # before the editable installs: the copies are imported, not the originals
    paths = [copy, copy / "packages/python/src", copy / "backend"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
    if done.returncode:
        fail((done.stdout + done.stderr).strip())
    return done.stdout


def read(target: str, dump: str) -> Outcome:
    """Count the results of `cosmic-ray dump`: a line of JSON, [work item, result], for each."""
    killed, survivors = 0, []
    for line in dump.splitlines():
        _, result = json.loads(line)
        if result["test_outcome"] == "survived":
            survivors.append(changed_lines(result["diff"]))
        else:
            killed += 1
    return Outcome(target, killed, tuple(survivors))


def changed_lines(diff: str) -> str:
    return "\n".join(re.findall(r"^(?:@@|[-+](?![-+]{2})).*$", diff, re.MULTILINE))


if __name__ == "__main__":
    main(sys.argv[1:])
