"""Three ways to break the product on purpose. Each must make the rehearsal fail (`BREAK=…`)."""

import shutil
from pathlib import Path

from tools.rehearse.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "commit": "PostgreSQL acknowledges before a commit is written anywhere",
    "key": "statements on tasks no longer name the owner",
    "drain": "a copy that is told to stop drops the requests under way",
}
# The condition that every statement starts from, and the guard that would notice its absence.
OWNED = 'self.owned = table.c.owner_id == bindparam("owner")'
EVERYBODY = "self.owned = or_(table.c.owner_id == bindparam('owner'), bindparam('owner') != '')"
GUARD = "    for part in iterate(statement):"
EDITS = {
    "owned/rows.py": (OWNED, EVERYBODY),
    "database/owner_guard.py": (GUARD, f"    return\n{GUARD}"),
}


def acknowledge_before_commit(cluster: Cluster) -> None:
    """The database's own switch; the writer of its log is slow, so that the loss is certain."""
    cluster.psql("postgres", "--command", "ALTER SYSTEM SET wal_writer_delay = '2s'")
    cluster.psql("postgres", "--command", "SELECT pg_reload_conf()")
    for database in ("tasks", "accounts"):
        cluster.psql("postgres", "-c", f"ALTER DATABASE {database} SET synchronous_commit = off")


def without_owner(home: Path) -> Path:
    """A copy of the backend whose statements see everybody's rows."""
    copy = home / "backend"
    others = shutil.ignore_patterns("tests", ".env", "*.sqlite*", "__pycache__")
    shutil.copytree(ROOT / "backend", copy, ignore=others)
    for name, (whole, broken) in EDITS.items():
        file = copy / "taskapi" / name
        text = file.read_text()
        if text.count(whole) != 1:
            raise RuntimeError(f"{whole!r} is not in {name}: this breakage breaks nothing")
        file.write_text(text.replace(whole, broken))
    return copy
