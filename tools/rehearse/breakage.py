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
OWNED = 'OWNED = tasks.c.owner_id == bindparam("owner")'


def acknowledge_before_commit(cluster: Cluster) -> None:
    """The database's own switch; the writer of its log is slow, so that the loss is certain."""
    cluster.psql("postgres", "--command", "ALTER SYSTEM SET wal_writer_delay = '2s'")
    cluster.psql("postgres", "--command", "SELECT pg_reload_conf()")
    for database in ("tasks", "accounts"):
        cluster.psql("postgres", "-c", f"ALTER DATABASE {database} SET synchronous_commit = off")


def without_owner(home: Path) -> Path:
    """A copy of the backend whose statements see everybody's rows."""
    copy = home / "backend"
    shutil.copytree(ROOT / "backend/taskapi", copy / "taskapi")
    statements = copy / "taskapi/tasks/repository.py"
    whole = statements.read_text()
    if whole.count(OWNED) != 1:
        raise RuntimeError(f"{OWNED!r} is not in {statements.name}: this breakage breaks nothing")
    statements.write_text(
        whole.replace(OWNED, f"{OWNED} or bindparam('owner') != ''".replace(" or ", " | (") + ")")
    )
    return copy
