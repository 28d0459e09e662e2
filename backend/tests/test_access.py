"""Every route against every kind of caller. A new route without a row here fails."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.testclient import TestClient

from taskapi.main import create_app
from taskapi.settings import Settings
from tests.callers import Caller, anonymous, expired, forged, user

PUBLIC = {("GET", "/health"), ("GET", "/ready"), ("GET", "/docs"), ("GET", "/openapi.json")}
SIGNED_IN = {("GET", "/api/me")}
OWNED = {
    ("GET", "/api/users/{user_id}/tasks"),
    ("POST", "/api/users/{user_id}/tasks"),
    ("DELETE", "/api/users/{user_id}/tasks"),
    ("GET", "/api/users/{user_id}/tasks/{task_id}"),
    ("PUT", "/api/users/{user_id}/tasks/{task_id}"),
    ("PATCH", "/api/users/{user_id}/tasks/{task_id}"),
    ("DELETE", "/api/users/{user_id}/tasks/{task_id}"),
}
CLOSED = sorted(SIGNED_IN | OWNED)
STRANGERS: dict[str, Callable[[TestClient, str], Caller]] = {
    "anonymous": anonymous,
    "forged": forged,
    "expired": expired,
}


def real_routes(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method, route.path or "")
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or {"WEBSOCKET OR MOUNT"}) - {"HEAD"}
    }


def request(caller: Caller, method: str, path: str, user_id: str, task_id: str) -> int:
    body = {"json": {"title": "Mine now"}} if method in ("POST", "PUT", "PATCH") else {}
    answer = caller.call(method, path.format(user_id=user_id, task_id=task_id), **body)
    return answer.status_code


def test_every_route_has_a_row(app: FastAPI) -> None:
    assert real_routes(app) == PUBLIC | SIGNED_IN | OWNED


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_anyone_reaches_a_public_route(client: TestClient, method: str, path: str) -> None:
    nobody = anonymous(client, "nobody")
    assert request(nobody, method, path, "", "") == 200


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_stranger_is_refused_and_changes_nothing(
    client: TestClient, alice: Caller, method: str, path: str, stranger: str
) -> None:
    task = alice.add()
    caller = STRANGERS[stranger](client, alice.id)
    assert request(caller, method, path, alice.id, task["id"]) == 401
    assert alice.own("GET").json()["items"] == [task]


@pytest.mark.parametrize("which", ["existing", "missing"])
@pytest.mark.parametrize(("method", "path"), sorted(OWNED))
def test_another_user_is_forbidden_whether_or_not_the_task_exists(
    alice: Caller, bob: Caller, method: str, path: str, which: str
) -> None:
    task = alice.add()
    task_id = task["id"] if which == "existing" else str(uuid4())
    assert request(bob, method, path, alice.id, task_id) == 403
    assert alice.own("GET").json()["items"] == [task]


@pytest.mark.parametrize(("method", "path"), sorted(OWNED))
def test_an_unknown_user_is_as_forbidden_as_a_known_one(
    alice: Caller, method: str, path: str
) -> None:
    assert request(alice, method, path, "no-such-user", str(uuid4())) == 403


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_the_owner_gets_through(alice: Caller, method: str, path: str) -> None:
    task = alice.add()
    expected = {"POST": 201, "DELETE": 204}.get(method, 200)
    assert request(alice, method, path, alice.id, task["id"]) == expected


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_users_task_id_is_not_found_among_ones_own(
    alice: Caller, bob: Caller, method: str
) -> None:
    task = alice.add()
    expected = 201 if method == "PUT" else 404
    path = "/api/users/{user_id}/tasks/{task_id}"
    assert request(bob, method, path, bob.id, task["id"]) == expected
    assert alice.own("GET", f"/{task['id']}").json() == task


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", "", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
        ("POST", "", {"content": b"x" * 100_000}),
        ("POST", "", {"content": b"no json", "headers": {"Content-Type": "text/plain"}}),
        ("PUT", "/not-a-uuid", {"json": {}}),
        ("PATCH", "/%00", {"json": []}),
        ("GET", "?limit=x&cursor=y&q=%FF", {}),
        ("DELETE", "?stauts=done", {}),
        ("TRACE", "", {}),
    ],
)
def test_another_users_path_is_forbidden_before_anything_else_is_looked_at(
    alice: Caller, bob: Caller, method: str, path: str, options: dict[str, object]
) -> None:
    assert bob.call(method, alice.tasks + path, **options).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/",
        "/api/nope",
        "/api/me/",
        "//api/me",
        "/health/",
        "/docs/oauth2-redirect",
        "/redoc",
        "/favicon.ico",
        "/HEALTH",
        "/api/users/x/tasks/",
        "/health%0A",
    ],
)
def test_an_unknown_path_is_401_without_a_token_and_404_with_one(
    client: TestClient, alice: Caller, path: str
) -> None:
    path = path.replace("/users/x/", f"/users/{alice.id}/")
    assert anonymous(client, alice.id).call("GET", path).status_code == 401
    assert alice.call("GET", path).status_code == 404


def test_a_route_that_forgets_the_owner_stops_the_application(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = APIRouter()
    careless.add_api_route("/api/users/{user_id}/notes", lambda: None)
    monkeypatch.setattr("taskapi.main.tasks.router", careless)
    with pytest.raises(TypeError, match="route_class=OwnerRoute"):
        create_app(settings)


def test_a_new_route_is_closed_without_anyone_remembering(client: TestClient) -> None:
    app: FastAPI = client.app  # type: ignore[assignment]
    app.router.add_route("/api/forgotten", lambda request: Response(), methods=["GET"])
    try:
        assert anonymous(client, "x").call("GET", "/api/forgotten").status_code == 401
    finally:
        app.router.routes.pop()


def test_users_share_a_task_id_without_meeting(client: TestClient) -> None:
    one, two, task_id = user(client), user(client), uuid4()
    for caller in (one, two):
        answer = caller.own("PUT", f"/{task_id}", json={"title": caller.id})
        assert answer.status_code == 201
    assert one.own("GET", f"/{task_id}").json()["title"] == one.id
    assert two.own("DELETE", f"/{task_id}").status_code == 204
    assert one.titles() == [one.id]


@pytest.mark.parametrize("path", ["{}0", "0{}", "~{}", "{}%00", "{}%20", "%20{}", "~", "0"])
def test_every_path_but_ones_own_is_forbidden(alice: Caller, path: str) -> None:
    # before and behind one's own id, however the two are compared
    assert alice.call("GET", f"/api/users/{path.format(alice.id)}/tasks").status_code == 403


@pytest.mark.parametrize(("length", "status"), [(2048, 200), (2049, 422), (3000, 422)])
def test_a_user_id_that_no_index_can_hold(client: TestClient, length: int, status: int) -> None:
    caller = user(client, "u" * length)
    assert caller.own("GET").status_code == status
