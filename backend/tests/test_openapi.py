"""The OpenAPI document is current, complete, and what the API really does."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from taskapi.database_url import BACKEND
from taskapi.openapi import Error, ValidationError
from tests.callers import token, user
from tests.servers import Server

CONTRACT = BACKEND.parent / "contract/openapi.json"


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CONTRACT.read_text("utf-8"))
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, operation) for path, item in document["paths"].items() for operation in item.values()
    ]


def test_the_contract_is_current() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "taskapi", "openapi"], capture_output=True, text=True, check=True
    )
    assert printed.stdout == CONTRACT.read_text("utf-8"), "run `make contract`"


def test_the_application_serves_it(sqlite_client: TestClient, document: dict[str, Any]) -> None:
    assert sqlite_client.get("/openapi.json").json() == document


def test_every_closed_route_asks_for_the_pass(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        assert operation.get("security", []) == ([{"Gatepass": []}] if "/api/" in path else [])


def test_every_error_has_the_one_schema(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        answers = {int(status): answer for status, answer in operation["responses"].items()}
        expected = {401, 500} if "/api/" in path else {500}
        assert expected <= set(answers), path
        for status, answer in answers.items():
            if status >= 400:
                name = (ValidationError if status == 422 else Error).__name__
                schema = answer["content"]["application/json"]["schema"]
                assert schema == {"$ref": f"#/components/schemas/{name}"}


def test_every_operation_reads_well(document: dict[str, Any]) -> None:
    for _, operation in operations(document):
        assert {"summary", "description", "operationId", "tags"} <= set(operation)


TASKS = "/api/users/{user_id}/tasks"
# Of each parameter what is refused, and what is taken: by the API and by the document alike.
PARAMETERS: dict[tuple[str, str, str], tuple[list[str], list[str]]] = {
    ("get", TASKS, "q"): (["a" * 201, "a\0b"], ["", "a" * 200, "🦊" * 200, " "]),
    ("get", TASKS, "sort"): (["", "title", "-due_date"], ["due_date", "-created_at"]),
    ("get", TASKS, "status"): (["", "Open", "closed"], ["open", "all", "done"]),
    ("delete", TASKS, "status"): (["", "Open", "closed"], ["open", "all", "done"]),
}
OF_EVERY_NOUN: dict[str, tuple[list[str], list[str]]] = {
    "cursor": (["", "a" * 201, "ä", "a b", "a=", "a+b"], []),
    "limit": (["0", "101", "-1"], ["1", "100"]),
    "id": (["x", "6f1c1f0e7d5c4b539d0a2f4b8d1c9a77"], [str(uuid4())]),
}


def parameters() -> dict[tuple[str, str, str], dict[str, Any]]:
    """What the contract says of each; an item's id is every method's, and asked of one alone."""
    return {
        (method, path, each["name"]): each
        for path, item in json.loads(CONTRACT.read_text("utf-8"))["paths"].items()
        for method, operation in item.items()
        for each in operation.get("parameters", [])
        if each["name"] != "user_id" and (each["in"] == "query" or method == "get")
    }


def row(where: tuple[str, str, str]) -> tuple[list[str], list[str]] | None:
    return PARAMETERS.get(where) or OF_EVERY_NOUN.get(re.sub(r"^.*_id$", "id", where[2]))


def valid(schema: dict[str, Any], text: str) -> bool:
    value = int(text) if schema.get("type") == "integer" else text
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    return bool(validator.is_valid(value))


def test_every_parameter_has_a_row() -> None:
    missing = [where for where in parameters() if not row(where)]
    assert missing == [], "give each a row in PARAMETERS: what it refuses, what it takes"
    assert set(PARAMETERS) <= set(parameters()), "take out the rows of parameters that are gone"


@pytest.mark.parametrize("where", [each for each in parameters() if row(each)], ids=" ".join)
def test_the_document_refuses_what_the_api_refuses(
    sqlite_client: TestClient, document: dict[str, Any], where: tuple[str, str, str]
) -> None:
    method, path, name = where
    found, somebody = parameters()[where], user(sqlite_client)
    schema = {**found["schema"], "components": document["components"]}
    for texts, right in zip(row(where) or (), (False, True), strict=True):
        for text in texts:
            url = path.replace("{user_id}", somebody.id).replace(f"{{{name}}}", text)
            query = {name: text} if found["in"] == "query" else {}
            answer = somebody.call(method.upper(), url, params=query)
            assert (answer.status_code != 422) is right, text
            assert valid(schema, text) is right, text


def test_a_title_is_what_python_calls_visible(document: dict[str, Any]) -> None:
    """The pattern lists the white space that `str.strip` removes, each character of it."""
    schema = document["components"]["schemas"]["TaskInput"]["properties"]["title"]
    for space in (chr(code) for code in range(0x110000) if chr(code).isspace()):
        assert not valid(schema, space), ascii(space)
    for visible in ("a", "\ufeff", "\u200b", " a ", "\u2007a"):
        assert valid(schema, visible), ascii(visible)


CONFIGURATION = """
[parameters]
user_id = "erin"
"""
# A well-formed cursor is still one that nobody issued: refusing it is right.
WITH_CURSOR = """
[[operations]]
include-name = "GET PATH"
[operations.checks.positive_data_acceptance]
enabled = false
"""


def test_generated_requests_find_no_surprise(server: Server, tmp_path: Path) -> None:
    """Right and wrong ones: no 500, no undocumented status, every answer by its schema."""
    lists = [path for _, path, name in parameters() if name == "cursor"]
    waivers = [WITH_CURSOR.replace("PATH", path) for path in lists]
    (tmp_path / "schemathesis.toml").write_text("".join([CONFIGURATION, *waivers]))
    done = subprocess.run(  # noqa: S603 - our own tool
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            CONTRACT,
            *("--url", server.url, "--header", f"Authorization: Bearer {token('erin')}"),
            *("--max-examples", "20", "--generation-deterministic", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
