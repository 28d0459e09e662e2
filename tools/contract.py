"""Regenerates what one language makes for the other, or checks that it is current.

contract/tokens.json, secrets.json  golden vectors  from contract/__main__.py
contract/openapi.json  the API              from the backend
frontend/src/api/schema.ts  its types       from contract/openapi.json

Usage: python -m tools.contract [--check]
"""

import sys
import tempfile
from pathlib import Path

from tools import node, processes
from tools.say import fail

ROOT = Path(__file__).resolve().parent.parent
OPENAPI = ROOT / "contract/openapi.json"
SCHEMA = ROOT / "frontend/src/api/schema.ts"


def main(check: bool) -> None:
    """Writes all of it; with `check` only compares and names what differs."""
    output([sys.executable, "-m", "contract", *(["--check"] if check else [])])
    openapi = output([sys.executable, "-m", "taskapi", "openapi"])
    current = {OPENAPI: openapi, SCHEMA: types(openapi)}
    if check:
        drifted = [path for path, text in current.items() if read(path) != text]
        if drifted:
            names = ", ".join(str(path.relative_to(ROOT)) for path in drifted)
            fail(f"{names} is not what its source makes; run `make contract`")
        return
    for path, text in current.items():
        path.write_text(text)


def types(openapi: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "schema.ts")
        source.write_text(openapi)
        program = ROOT / "frontend/node_modules/openapi-typescript/bin/cli.js"
        output([str(node.NODE), str(program), str(source), "--output", str(target)])
        return target.read_text()


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def output(command: list[str]) -> str:
    code, text = processes.finish(command, ROOT, node.environment(), quiet=True)
    if code:
        fail(text.strip() or f"{command} failed")
    return text


if __name__ == "__main__":
    main("--check" in sys.argv)
