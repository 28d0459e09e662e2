"""SIGKILL in the middle of a write load; `make rehearse` does it fifty times on each."""

import pytest

from tools.rehearse.crashes import crash


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_acknowledged_write_outlives_a_kill(kind: str) -> None:
    assert crash(kind, 2) == []
