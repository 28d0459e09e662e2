"""What a stranger has: wheel, tarball, an environment that knows nothing of this checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import node

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
UV = Path(sys.executable).parent / "uv"


def build_wheel(out: Path) -> Path:
    subprocess.run([UV, "build", "--quiet", "--out-dir", out, ROOT / "packages/python"], check=True)
    return next(out.glob("*.whl"))


def build_tarball(out: Path) -> Path:
    """Pack a copy: npm rewrites package.json meanwhile, and here scripts may run."""
    package = out / "copy/packages/npm"
    unwanted = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(ROOT / "packages/npm", package, ignore=unwanted)
    shutil.copy(ROOT / "tsconfig.base.json", out / "copy")
    (out / "copy/node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    words = ["pack", "--silent", "--offline", "--ignore-scripts=false", "--pack-destination"]
    subprocess.run(
        node.npm(*words, str(out)),
        cwd=package,
        env=node.environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return next(out.glob("*.tgz"))


def make_environment(at: Path, wheels: Path, requirements: list[Path]) -> Path:
    """Install the requirements into a fresh environment and return its folder of programs."""
    clean = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, at], check=True, env=clean)
    files = [word for file in requirements for word in ("-r", file)]
    install = [UV, "pip", "install", "--quiet", "--python", at, "--find-links", wheels, *files]
    subprocess.run(install, check=True, env=clean)
    return at / ("Scripts" if os.name == "nt" else "bin")
