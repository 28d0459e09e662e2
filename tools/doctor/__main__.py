"""Usage: python -m tools.doctor, at the root of the product."""

import os
import sys
from pathlib import Path

from gatepass.cli.findings import report
from tools.doctor.settings import examine
from tools.say import fail

if __name__ == "__main__":
    try:
        findings = examine(Path.cwd(), os.environ)
    except (OSError, UnicodeDecodeError) as error:
        fail(str(error))
    sys.exit(report(findings))
