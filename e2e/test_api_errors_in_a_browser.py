"""A bug and an absent database reach a browser as those errors, not as a CORS failure."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from e2e.conftest import StackFactory
from e2e.people import Person, sign_up
from tools.postgres import Postgres
from tools.stack import Stack

# The real application with one more route, which has a bug.
BUGGY = """
import os, uvicorn
from fastapi import APIRouter
from taskapi.main import create_app_from_environment
from taskapi.ownership import OwnerRoute

app = create_app_from_environment()
router = APIRouter(route_class=OwnerRoute)

@router.get("/api/users/{user_id}/bug")
async def bug() -> None:
    raise ZeroDivisionError("a fault nobody should read")

app.router.routes.extend(router.routes)
uvicorn.run(app, port=int(os.environ["API_PORT"]), log_config=None)
"""

ASK = """async ([url, token]) => {
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    return { status: answer.status, id: answer.headers.get("x-request-id"),
             retryAfter: answer.headers.get("retry-after"), body: await answer.json() };
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(scope="module")
def stack(start_stack: StackFactory, server: Postgres) -> Stack:
    return start_stack(DATABASE_URL=server.create("tasks"))


def ask(page: Page, person: Person, path: str) -> dict[str, Any]:
    """Asks the API from a page of the frontend, as its own scripts do."""
    page.goto(f"{person.stack.web_url}/login")
    url = person.stack.api_url + path
    answer: dict[str, Any] = page.evaluate(ASK, [url, person.token])
    assert answer["id"] == answer["body"]["request_id"]
    assert answer["body"]["status_code"] == answer["status"]
    return answer


def test_a_database_that_is_away(visitor: Page, stack: Stack, server: Postgres) -> None:
    person = sign_up(stack)
    assert person.titles() == []
    server.stop()
    answer = ask(visitor, person, person.tasks_path)
    server.start()
    assert answer["status"] == 503
    assert answer["body"]["error_type"] == "service_unavailable_error"
    assert answer["retryAfter"]
    assert person.titles() == []


def test_a_bug(visitor: Page, stack: Stack) -> None:
    person = sign_up(stack)
    stack.stop("backend")
    stack.spawn("backend", [sys.executable, "-c", BUGGY])
    stack.wait()
    answer = ask(visitor, person, f"/api/users/{person.id}/bug")
    assert answer["status"] == 500
    assert answer["body"]["error_type"] == "internal_error"
    assert "fault" not in str(answer)
    assert stack.log
    logged = stack.log.read_text()
    assert "a fault nobody should read" in logged
    assert answer["id"] in logged
