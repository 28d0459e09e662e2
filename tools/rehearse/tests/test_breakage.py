"""What is to be broken on purpose is there: a breakage that breaks nothing proves nothing."""

import sys
from pathlib import Path

from tools import processes
from tools.rehearse.breakage import without_owner


def test_a_backend_without_owners_starts(tmp_path: Path) -> None:
    home = without_owner(tmp_path)
    program = "import taskapi.main, taskapi.tasks.table as t; print(t.__file__, t.rows.owned)"
    environment = {"PYTHONPATH": str(home)}
    code, output = processes.finish([sys.executable, "-c", program], home, environment, quiet=True)
    assert code == 0, output
    assert output.startswith(str(home))
    assert " OR " in output
