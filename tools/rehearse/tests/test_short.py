"""The short form: a kill, a rolling restart, a lost primary, and a clean ledger."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_production_in_short() -> None:
    rehearse = [sys.executable, "-m", "tools.rehearse", "--short"]
    done = subprocess.run(rehearse, cwd=ROOT, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("back ") == 3
