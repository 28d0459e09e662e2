"""A noun that was forgotten somewhere fails here, with what to do."""

import json
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import Column, DefaultClause, MetaData, Table, Text

import taskapi
from taskapi.nouns import NOUNS, metadata
from taskapi.owned.account_deletion import deleted_accounts
from taskapi.owned.rows import Rows
from tests import nouns

FOLDER = Path(taskapi.__file__).parent
ROOT = FOLDER.parent.parent
TABLES = [table for table in metadata.tables.values() if table is not deleted_accounts]


def test_every_folder_with_a_table_is_on_the_list() -> None:
    folders = {file.parent.name for file in FOLDER.glob("*/table.py")}
    listed = {router.routes[0].endpoint.__module__.split(".")[1] for router in NOUNS}  # type: ignore[attr-defined]
    assert folders == listed, "list its router in taskapi/nouns.py"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_table_is_served(table: Table) -> None:
    served = {router.prefix for router in NOUNS}
    assert f"/api/users/{{user_id}}/{table.name}" in served, "call the collection like its table"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_row_has_an_owner(table: Table) -> None:
    """So that statements are held to the owner, and an account's end removes it."""
    assert list(table.primary_key.columns.keys()) == ["owner_id", "id"], "make it by owned_table"


@pytest.mark.parametrize("router", NOUNS, ids=lambda router: router.prefix)
def test_every_noun_has_every_route(router: APIRouter) -> None:
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    has = {(route.path.count("/"), method) for route in routes for method in route.methods or ()}
    depth = router.prefix.count("/")
    wanted = {(depth, "GET"), (depth, "POST")}
    wanted |= {(depth + 1, method) for method in ("GET", "PUT", "PATCH", "DELETE")}
    assert not wanted - has, "give it list, add, read, put, change and delete in routes.py"


def test_every_schema_has_a_name_of_its_own() -> None:
    document = json.loads((ROOT / "contract/openapi.json").read_text())
    twice = [name for name in document["components"]["schemas"] if "__" in name]
    assert not twice, "call it by its noun, as in NoteSort: another one has this name"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_rows_of_before_have_what_a_new_one_has(table: Table) -> None:
    document = json.loads((ROOT / "contract/openapi.json").read_text())
    for name, schema in nouns.fields(document, table.name).items():
        given = table.columns[name].server_default
        if "default" in schema and isinstance(given, DefaultClause):
            said = str(given.arg).strip("'").lower()
            assert said == str(schema["default"]).lower(), f"{name}: its default, table.py"


class Word(BaseModel):
    id: str
    text: str


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        (["id"], r"words\.text is no column: add it to the table in table\.py"),
        (["id", "text", "size"], r"nothing fills the column words\.size: .* schemas\.py"),
    ],
)
def test_a_field_and_its_column_go_together(columns: list[str], complaint: str) -> None:
    table = Table("words", MetaData(), Column("owner_id", Text), *(Column(c) for c in columns))
    with pytest.raises(TypeError, match=f"^{complaint}"):
        Rows(table, Word, derived={})
