"""Every statement is one range of an index that starts with the owner, on both databases."""

import itertools
import re
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from taskapi.database import postgres_connection, sqlite_file
from taskapi.database.postgres_connection import compiled as for_postgres
from taskapi.database.sqlite_file import compiled as for_sqlite
from taskapi.database.statement import Statement
from taskapi.main import create_app
from taskapi.owned.account_deletion import removals
from taskapi.owned.rows import page_statement, parameter, removal
from taskapi.settings import Settings
from taskapi.tasks.schemas import Sort, Status
from taskapi.tasks.table import IN_STATUS, MATCHES, ORDERS, rows, tasks
from tests.callers import user
from tests.conftest import migrated
from tools.postgres import Postgres

OWNERS, EACH = 100, 100
FILL = """
INSERT INTO tasks (owner_id, id, title, completed, created_at, updated_at,
                   title_folded, description_folded, due_order)
SELECT 'owner-' || number % {owners}, {id}, 'x', number % 3 = 0, {moment}, {moment}, 'x', '', 1
FROM {numbers}
"""
ON_SQLITE = {
    "id": "'id-' || number",
    "moment": "'2026-01-01T00:00:00.' || printf('%06d', number) || 'Z'",
    "numbers": "(WITH RECURSIVE n(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n "
    "WHERE number < {last}) SELECT number FROM n)",
}
ON_POSTGRES = {
    "id": "gen_random_uuid()",
    "moment": "now() + number * interval '1 second'",
    "numbers": "generate_series(0, {last}) AS number",
}


def statements() -> dict[str, tuple[Statement, tuple[str, ...], str]]:
    """By name: the statement, its parameters, and the dialect if it is for one only."""
    found: dict[str, tuple[Statement, tuple[str, ...], str]] = {}
    for sort in Sort:
        for status in Status:
            for continuing in (False, True):
                for needle in ((), MATCHES):
                    name = f"{sort} {status}{' continuing' * continuing}{' search' * bool(needle)}"
                    where = (*IN_STATUS[status], *needle)
                    page = page_statement(rows, ORDERS[sort], where, continuing=continuing)
                    found[name] = page, (), ""
    one = ("owner", "issued", "row_id")
    found["find"] = rows.find_one, (), ""
    found["change"] = rows.change_one, ("title", "title_folded", "updated_at", *one), ""
    found["remove"] = rows.remove_one, (), ""
    columns = [parameter(column.name) for column in tasks.c if column.name != "replaced"]
    for dialect, put in rows.put_one.items():
        found[f"put on {dialect}"] = put, (*columns, *one), dialect
    for status in Status:
        found[f"remove {status}"] = removal(rows, IN_STATUS[status]), (), ""
    for number, statement in enumerate(removals()):
        found[f"deletion of an account {number}"] = statement, (), ""
    return found


STATEMENTS = statements()


def fill(words: dict[str, str]) -> str:
    last = OWNERS * EACH - 1
    given = {name: text.format(last=last) for name, text in words.items()}
    return FILL.format(owners=OWNERS, **given)


@pytest.fixture(scope="module")
def sqlite_plans(tmp_path_factory: pytest.TempPathFactory) -> Any:
    file: Path = tmp_path_factory.mktemp("plans") / "tasks.sqlite"
    migrated(str(file))
    connection = sqlite3.connect(file)
    connection.execute(fill(ON_SQLITE))
    connection.execute("ANALYZE")
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def postgres_plans(postgres: Postgres) -> Any:
    url = postgres.create("plans")
    migrated(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(fill(ON_POSTGRES).encode())
        connection.execute("VACUUM ANALYZE tasks")
        yield connection


@pytest.mark.parametrize(
    "name", [name for name, (_, _, only) in STATEMENTS.items() if only != "postgresql"]
)
def test_on_sqlite(sqlite_plans: sqlite3.Connection, name: str) -> None:
    statement, names, _ = STATEMENTS[name]
    run = for_sqlite(statement, names)
    arguments = [run.constants.get(each, "1") for each in run.names]
    plan = sqlite_plans.execute(f"EXPLAIN QUERY PLAN {run.sql}", arguments).fetchall()
    ours = re.compile("USE|(SEARCH|SCAN) (?!deleted_accounts|CONSTANT)")
    steps = [detail for *_, detail in plan if ours.match(detail)]
    assert steps or name.startswith("put")
    for step in steps:
        assert re.match(r"SEARCH \w+ USING (COVERING )?INDEX \w+ \(owner_id=\?", step), plan
    if "continuing" in name:
        assert ">(?,?)" in steps[0] or "<(?,?)" in steps[0]


@pytest.mark.parametrize(
    "name", [name for name, (_, _, only) in STATEMENTS.items() if only != "sqlite"]
)
def test_on_postgres(postgres_plans: psycopg.Connection, name: str) -> None:
    """The generic plan, which a prepared statement comes to."""
    statement, names, _ = STATEMENTS[name]
    run = for_postgres(statement, names)
    explain = f"EXPLAIN (GENERIC_PLAN, COSTS OFF) {run.sql}"
    plan = [str(line) for (line,) in postgres_plans.execute(explain.encode()).fetchall()]
    scans = [line for line in plan if "Scan" in line and "deleted" not in line]
    conditions = [line for line in plan if "Index Cond" in line]
    assert scans or name.startswith("put")
    for scan in scans:
        assert re.search(r"(Index (Only )?Scan|Bitmap (Index|Heap) Scan|CTE Scan)", scan), plan
    for condition in conditions:
        assert "owner_id = $" in condition, plan
    assert not any("Sort" in line for line in plan), plan
    if "continuing" in name:
        assert "ROW(" in conditions[0], plan


def test_none_is_missing(scratch: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the routes run on tasks is among those above."""
    ran: set[Statement] = set()
    for module, compiled in ((sqlite_file, for_sqlite), (postgres_connection, for_postgres)):

        def noted(statement: Statement, names: tuple[str, ...], compiled: Any = compiled) -> Any:
            ran.add(statement)
            return compiled(statement, names)

        monkeypatch.setattr(module, "compiled", noted)
    with TestClient(create_app(scratch), raise_server_exceptions=False) as client:
        caller = user(client)
        for _ in "ab":
            task = f"/{caller.add()['id']}"
        answers = [caller.own("PUT", task, json={"title": "x"})]
        for sort, status, q in itertools.product(Sort, Status, ("", "&q=x")):
            answers.append(caller.own("GET", f"?sort={sort}&status={status}{q}"))
            first = caller.own("GET", f"?sort={sort}&limit=1").json()
            answers.append(caller.own("GET", f"?sort={sort}&cursor={first['next_cursor']}"))
        answers += [caller.own("GET", task), caller.own("PATCH", task, json={"title": "y"})]
        answers += [caller.own("DELETE", task), caller.own("DELETE", "?status=done")]
        answers += [caller.own("DELETE"), caller.call("DELETE", f"/api/users/{caller.id}")]
    assert {answer.status_code for answer in answers} <= {200, 204}
    on_tasks = {statement for statement in ran if "tasks" in str(statement)}
    known = {statement for statement, _, _ in STATEMENTS.values()}
    assert len(on_tasks) > 20
    assert not [str(statement) for statement in on_tasks - known]
