"""The OpenAPI document is current, complete, and what the API really does."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from taskapi.database_url import BACKEND
from taskapi.openapi import Error, ValidationError
from tests.callers import token
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


CONFIGURATION = """
[parameters]
user_id = "erin"

[[operations]]
# A well-formed cursor is still one that nobody issued: refusing it is right.
include-name = "GET /api/users/{user_id}/tasks"
[operations.checks.positive_data_acceptance]
enabled = false
"""


def test_generated_requests_find_no_surprise(server: Server, tmp_path: Path) -> None:
    """Right and wrong ones: no 500, no undocumented status, every answer by its schema."""
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
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
