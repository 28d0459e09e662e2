"""What the lists of every noun can be filtered by: each value of an enum or a boolean."""

import itertools
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Select
from sqlalchemy.sql.visitors import iterate
from starlette.testclient import TestClient

from taskapi.database import sqlite_file
from taskapi.database.sqlite_file import compiled
from taskapi.database.statement import Statement
from taskapi.main import create_app
from tests import nouns
from tests.callers import Caller, user
from tests.conftest import migrated

PAGING = {"owner", "count", "last_key", "last_id"}


def queries(document: dict[str, Any], noun: str) -> Iterator[dict[str, Any]]:
    """Each order with each combination of the filters, of which any may be left out."""
    takes = nouns.parameters(document, noun)
    orders = takes.pop("sort")
    for sort, *values in itertools.product(orders, *([None, *each] for each in takes.values())):
        given = zip(takes, values, strict=True)
        yield {"sort": sort, **{name: value for name, value in given if value is not None}}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Statement, tuple[str, ...]]]:
    """What runs on SQLite, with the names of its parameters."""
    ran: list[tuple[Statement, tuple[str, ...]]] = []

    def noted(statement: Statement, names: tuple[str, ...]) -> Any:
        ran.append((statement, names))
        return compiled(statement, names)

    monkeypatch.setattr(sqlite_file, "compiled", noted)
    return ran


@pytest.mark.parametrize("noun", nouns.NAMES)
def test_each_walks_its_index(
    tmp_path: Path, ran: list[tuple[Statement, tuple[str, ...]]], noun: str
) -> None:
    """From the position on, in order: nothing is skipped, nothing is sorted. The condition is the
    same object each time, or its statements would be built and compiled for each request."""
    file = tmp_path / "tasks.sqlite"
    with TestClient(create_app(migrated(str(file)))) as client, sqlite3.connect(file) as raw:
        caller, document = user(client), client.get("/openapi.json").json()
        for _ in "ab":
            nouns.one_of_each(caller)
        for query in queries(document, noun):
            first = listed(caller, noun, {"sort": query["sort"], "limit": 1})
            for asked in (query, {**query, "cursor": first["next_cursor"]}):
                ran.clear()
                listed(caller, noun, asked)
                listed(caller, noun, asked)
                (page, names), (again, _) = ran
                constant = f"{asked}: a filter's condition is a constant of table.py for each value"
                assert again is page, f"{constant}, not built for each request"
                assert {*names} <= PAGING, f"{constant}; with a parameter the list is a search"
                assert isinstance(page, Select)
                plan = plan_of(raw, page, names)
                walked = re.findall(r"\w+", plan.partition("(")[2])
                missing = compared(page) - {*walked}
                assert re.fullmatch(r"SEARCH \w+ USING INDEX [^;]+", plan), hint(asked, plan)
                assert not missing, hint(asked, plan)
    raw.close()


def listed(caller: Caller, noun: str, query: dict[str, Any]) -> dict[str, Any]:
    """A page of one's own."""
    answer = caller.call("GET", f"{caller.home}/{noun}", params=query)
    needed = "each value of `sort` needs its Order, table.py"
    assert answer.status_code == 200, f"{query}: {answer.text} ({needed})"
    page: dict[str, Any] = answer.json()
    return page


def plan_of(raw: sqlite3.Connection, statement: Statement, names: tuple[str, ...]) -> str:
    """How SQLite runs it, step by step."""
    run = compiled(statement, names)
    arguments = [run.constants.get(each, "1") for each in run.names]
    explained = raw.execute(f"EXPLAIN QUERY PLAN {run.sql}", arguments)
    return "; ".join(detail for *_, detail in explained)


def compared(page: Select[Any]) -> set[str]:
    """The columns that its rows are chosen by."""
    assert page.whereclause is not None
    return {each.name for each in iterate(page.whereclause) if isinstance(each, Column)}


def hint(query: dict[str, Any], plan: str) -> str:
    return f"{query}: give it its index in `lists`, table.py ({plan})"


@pytest.mark.parametrize("noun", nouns.NAMES)
def test_each_order_runs_as_it_is_called(sqlite_client: TestClient, noun: str) -> None:
    caller, document = user(sqlite_client), sqlite_client.get("/openapi.json").json()
    dates = [name for name, each in nouns.fields(document, noun).items() if is_date(each)]
    for day in ("2026-01-02", "2026-01-03", "2026-01-01"):
        body = {**nouns.new(noun), **dict.fromkeys(dates, day)}
        assert caller.call("POST", f"{caller.home}/{noun}", json=body).status_code == 201
    for sort in nouns.parameters(document, noun)["sort"]:
        items = listed(caller, noun, {"sort": sort})["items"]
        field = sort.removeprefix("-")
        if field in ("created_at", "updated_at", *dates):
            values = [item[field] for item in items]
            ordered = sorted(values, reverse=sort.startswith("-"))
            assert values == ordered, f"{sort}: look at its Order, table.py"


def is_date(schema: dict[str, Any]) -> bool:
    return any(each.get("format") == "date" for each in (schema, *schema.get("anyOf", ())))


@pytest.mark.parametrize("noun", nouns.NAMES)
def test_each_value_lists_its_own(sqlite_client: TestClient, noun: str) -> None:
    """No two values of a filter list the same, of items with each value of each field."""
    caller, document = user(sqlite_client), sqlite_client.get("/openapi.json").json()
    fields = nouns.fields(document, noun)
    for field, schema in fields.items():
        for value in nouns.choices(document, schema):
            body = {**nouns.new(noun), field: value}
            assert caller.call("POST", f"{caller.home}/{noun}", json=body).status_code == 201
    filters = nouns.parameters(document, noun)
    del filters["sort"]
    for name, values in filters.items():
        found = {value: listed(caller, noun, {name: value})["items"] for value in values}
        for one, other in itertools.combinations(values, 2):
            assert found[one] != found[other], (
                f"{name} is ignored: use it in `conditions`, table.py"
            )
        for value, items in found.items():
            wrong = [item for item in items if name in fields and item[name] != value]
            assert not wrong, f"{name}={value} lists others: look into `conditions`, table.py"
