"""A CPython that every machine can have: the one that Pyodide builds for WebAssembly.

Where no other interpreter of a version is to be had, the tests run in this one, inside Node. It
knows no processes, no sockets and no wheels of other platforms, so FastAPI, whose pydantic is one,
stays out.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tools import node

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).parent / "uv"
VERSIONS = {"3.14": "314.0.7"}  # of Python: the package `pyodide` on npm
TESTS_NEED = ("pytest", "hypothesis<6.140")  # later ones are compiled
DEEP_STACK = "ulimit -s 1000000; exec "  # in KiB: some tests nest JSON as deep as a token can
SCRIPT = """
import { loadPyodide } from "./package/pyodide.mjs";
const [mode, root, ...words] = process.argv.slice(2);
const python = await loadPyodide();
for (const [at, from] of [["/checkout", root], ["/site", "./site"]]) {
  python.FS.mkdirTree(at);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: from }, at);
}
const code = `
import os, sys
sys.path[:0] = ["/site", "/checkout", "/checkout/packages/python/tests"]
os.chdir("/checkout")
import pytest
print(sys.version.split()[0], flush=True)
int(pytest.main(${JSON.stringify(words)}))
`;
process.exitCode = await (mode === "async" ? python.runPythonAsync(code) : python.runPython(code));
"""


def prepare(version: str, requirements: tuple[str, ...], wheel: Path, at: Path) -> bool:
    """Put the interpreter and what the tests need into *at*; whether all of it was to be had."""
    at.mkdir()
    pack = node.npm("pack", "--silent", f"pyodide@{VERSIONS[version]}")
    install = [str(UV), "pip", "install", "--quiet", "--python-version", version, "--target"]
    wanted = [str(at / "site"), str(wheel), *requirements, *TESTS_NEED]
    for command in (pack, [*install, *wanted]):
        if subprocess.run(command, cwd=at, env=node.environment(), check=False).returncode:
            return False
    subprocess.run(["tar", "-xzf", next(at.glob("pyodide-*.tgz"))], cwd=at, check=True)
    (at / "run.mjs").write_text(SCRIPT)
    return True


def run(at: Path, files: list[Path], words: list[str], *, event_loop: bool) -> tuple[str, str]:
    """The version of Python, and what pytest says at its end.

    An event loop needs a stack that can be put aside, which V8 keeps small; without one the stack
    is the process's.
    """
    flags = ["--experimental-wasm-jspi"] if event_loop else ["--stack-size=60000"]
    names = [str(file.relative_to(ROOT)) for file in files]
    arguments = [*flags, "run.mjs", "async" if event_loop else "sync", str(ROOT), *words, *names]
    done = subprocess.run(
        ["bash", "-c", DEEP_STACK + '"$0" "$@"', str(node.NODE), *arguments],
        cwd=at,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.strip().splitlines() or [done.stderr[-200:]]
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-1000:])
    passed = re.search(r"(\d+) passed", lines[-1])
    ok = passed and not done.returncode
    return lines[0], f"{passed[1]} tests passed" if passed and ok else f"failed: {lines[-1]}"
