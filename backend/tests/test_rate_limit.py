"""A user who sends too much is told when to go on, and nobody else notices."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from taskapi.main import create_app
from taskapi.settings import Settings
from tests.callers import ORIGIN, SECRET, anonymous, user

Start = Callable[[str], TestClient]


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    """A client of an application with that limit."""
    clients = []

    def started(limit: str) -> TestClient:
        limited = Settings(
            better_auth_secret=SecretStr(SECRET),
            database_url=settings.database_url,
            api_rate_limit=limit,
        )
        clients.append(TestClient(create_app(limited), raise_server_exceptions=False))
        return clients[-1].__enter__()

    yield started
    for client in clients:
        client.__exit__(None, None, None)


def test_anonymous_is_refused_and_not_counted(start: Start) -> None:
    client = start("2/hour")
    somebody = user(client)
    for _ in range(5):
        assert anonymous(client, somebody.id).own("GET").status_code == 401
        assert client.get("/health").status_code == 200
    assert somebody.own("GET").status_code == 200


def test_one_user_uses_up_nobody_elses(start: Start) -> None:
    client = start("3/hour")
    eager, patient = user(client), user(client)
    statuses = [eager.own("POST", json={"title": "x"}).status_code for _ in range(5)]
    assert statuses == [201, 201, 201, 429, 429]
    assert patient.own("GET").status_code == 200


def test_the_answer_has_the_one_shape_and_says_when(start: Start) -> None:
    caller = user(start("1/hour"))
    caller.own("GET")
    answer = caller.own("GET")
    assert answer.json() == {
        "detail": "You have sent too many requests. Please try again in a moment.",
        "status_code": 429,
        "error_type": "too_many_requests_error",
        "request_id": answer.headers["x-request-id"],
    }
    assert 1 <= int(answer.headers["retry-after"]) <= 7200
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_whoever_stole_a_pass_keeps_nobody_from_ending_the_account(start: Start) -> None:
    caller = user(start("2/hour"))
    assert [caller.own("GET").status_code for _ in range(3)] == [200, 200, 429]
    assert caller.call("DELETE", caller.home).status_code == 204
    assert caller.call("DELETE", f"{caller.home}/tasks").status_code == 429


def test_there_is_none_by_default(sqlite_client: TestClient) -> None:
    caller = user(sqlite_client)
    assert {caller.call("GET", "/api/me").status_code for _ in range(300)} == {200}
