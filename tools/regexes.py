"""Looks for expressions whose time grows faster than their input (CWE-1333), in what we ship.

TypeScript's go through recheck (`regexes.ts`), Python's through regexploit, which tells what it
finds but always ends with 0.
"""

import subprocess
import sys
from pathlib import Path

from tools import node, processes
from tools.say import fail

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ["backend/taskapi/**/*.py", "packages/python/src/**/*.py"]

if __name__ == "__main__":
    scan = [str(Path(sys.executable).with_name("regexploit-py")), "--glob", *PYTHON]
    found = subprocess.run(scan, cwd=ROOT, capture_output=True, text=True, check=True)
    vulnerable = "Vulnerable regex" in found.stdout
    if vulnerable:
        print(found.stdout)
    check = [str(node.NODE), "tools/regexes.ts"]
    pure = {**node.environment(), "RECHECK_BACKEND": "pure"}
    code, _ = processes.finish(check, ROOT, pure)
    if code or vulnerable:
        fail("the expressions above can be made slow by whoever chooses the text")
