"""`make migration` writes what a changed table needs, for both databases."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from taskapi.database_url import BACKEND
from taskapi.settings import Settings
from tests.servers import blank_environment
from tests.test_migrations import engine

COLUMN = 'Column("completed", Boolean, nullable=False),'
NEW = """
    Column("weight", Integer, nullable=False, server_default="0"),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("shared", Boolean, nullable=False, server_default=true()),
    Column("remind_on", DAY),
"""
IMPORT = "from sqlalchemy import "
DERIVED = "    derived={\n"
FILLED = """        "weight": ("title", len),
        "pinned": ("title", bool),
        "shared": ("title", bool),
        "remind_on": ("due_date", str),
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the backend in which tasks have some columns more."""
    for folder in ("backend", "tools"):
        shutil.copytree(
            BACKEND.parent / folder,
            tmp_path / folder,
            ignore=shutil.ignore_patterns("tests", "__pycache__", "*.sqlite*", ".env"),
        )
    table = tmp_path / "backend/taskapi/tasks/table.py"
    text = table.read_text()
    for place, more in ((IMPORT, "false, true, "), (COLUMN, NEW), (DERIVED, FILLED)):
        text = text.replace(place, place + more)
    table.write_text(text)
    return tmp_path


def run(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout / 'backend'}:{checkout}"
    return subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, "-m", *arguments],
        env={**blank_environment(), "PYTHONPATH": path, **variables},
        cwd=checkout,
        capture_output=True,
        text=True,
    )


def test_it_is_numbered_and_makes_the_columns(checkout: Path, scratch: Settings) -> None:
    done = run(checkout, "tools.migration", "add weight")
    assert done.returncode == 0, done.stderr
    [file] = re.findall(r"==> backend/migrations/versions/(\S+\.py)", done.stdout)
    assert re.fullmatch(r"\d{4}_add_weight\.py", file)
    text = (checkout / "backend/migrations/versions" / file).read_text()
    assert "sa.Text().with_variant(sa.Date()" in text
    assert "Alembic" not in text
    url = scratch.database_url.get_secret_value()
    secret = {"BETTER_AUTH_SECRET": "a-test-secret-Zq3vX8pLw5TnR2yKd7Gh", "DATABASE_URL": url}
    migrated = run(checkout, "taskapi", "migrate", **secret)
    assert (migrated.returncode, migrated.stderr) == (0, "")
    columns = {column["name"] for column in inspect(engine(scratch)).get_columns("tasks")}
    assert {"weight", "pinned", "shared", "remind_on"} <= columns
    again = run(checkout, "tools.migration", "add weight")
    assert (again.returncode, "nothing to write" in again.stderr) == (1, True)


def test_what_goes_comes_back_in_words_of_both_databases(checkout: Path) -> None:
    assert run(checkout, "tools.migration", "add weight").returncode == 0
    table = Path("backend/taskapi/tasks/table.py")
    shutil.copy(BACKEND.parent / table, checkout / table)
    done = run(checkout, "tools.migration", "drop utf8 weight")
    [file] = re.findall(r"==> backend/migrations/versions/(\S+\.py)", done.stdout)
    text = (checkout / "backend/migrations/versions" / file).read_text()
    back = re.findall(r'"(\w+)",\s+sa\.BOOLEAN\(\),\s+server_default=(.*?),\s', text)
    assert dict(back) == {"pinned": "sa.false()", "shared": "sa.true()"}


@pytest.mark.parametrize("name", ["", "../x"])
def test_a_name_that_says_nothing_is_refused(checkout: Path, name: str) -> None:
    done = run(checkout, "tools.migration", name)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "NAME=" in done.stderr
