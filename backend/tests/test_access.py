"""Every route against every kind of caller. A new route without a row here fails."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.responses import Response
from starlette.testclient import TestClient

from taskapi.main import create_app
from taskapi.ownership import OwnerRoute
from taskapi.settings import Settings
from tests.callers import SECRET, Caller, anonymous, expired, forged, user
from tests.nouns import all_of, new, one_of_each
from tests.servers import blank_environment

PUBLIC = {("GET", "/health"), ("GET", "/ready"), ("GET", "/docs"), ("GET", "/openapi.json")}
SIGNED_IN = {("GET", "/api/me")}
OWNED = {
    ("DELETE", "/api/users/{user_id}"),
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
        (method, getattr(route, "path", repr(route)))
        for route in app.routes
        for method in getattr(route, "methods", {"WEBSOCKET OR MOUNT"}) - {"HEAD"}
    }


def request(caller: Caller, method: str, path: str, user_id: str, item_id: str) -> int:
    """The status of any route, with that id wherever it takes an item's."""
    body = {"json": new(path.split("/")[4])} if method in ("POST", "PUT", "PATCH") else {}
    path = re.sub(r"\{\w+\}", item_id, path.replace("{user_id}", user_id))
    return caller.call(method, path, **body).status_code


def test_every_route_has_a_row(app: FastAPI) -> None:
    assert real_routes(app) == PUBLIC | SIGNED_IN | OWNED, "give each route its row above"


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_anyone_reaches_a_public_route(client: TestClient, method: str, path: str) -> None:
    nobody = anonymous(client, "nobody")
    assert request(nobody, method, path, "", "") == 200


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_stranger_is_refused_and_changes_nothing(
    client: TestClient, alice: Caller, method: str, path: str, stranger: str
) -> None:
    item_id = one_of_each(alice)
    before = all_of(alice)
    caller = STRANGERS[stranger](client, alice.id)
    assert request(caller, method, path, alice.id, item_id) == 401
    assert all_of(alice) == before


@pytest.mark.parametrize("which", ["existing", "missing"])
@pytest.mark.parametrize(("method", "path"), sorted(OWNED))
def test_another_user_is_forbidden_whether_or_not_the_item_exists(
    alice: Caller, bob: Caller, method: str, path: str, which: str
) -> None:
    existing = one_of_each(alice)
    before = all_of(alice)
    item_id = existing if which == "existing" else str(uuid4())
    assert request(bob, method, path, alice.id, item_id) == 403
    assert all_of(alice) == before


@pytest.mark.parametrize(("method", "path"), sorted(OWNED))
def test_an_unknown_user_is_as_forbidden_as_a_known_one(
    alice: Caller, method: str, path: str
) -> None:
    assert request(alice, method, path, "no-such-user", str(uuid4())) == 403


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_the_owner_gets_through(alice: Caller, method: str, path: str) -> None:
    item_id = one_of_each(alice)
    expected = {"POST": 201, "DELETE": 204}.get(method, 200)
    assert request(alice, method, path, alice.id, item_id) == expected


@pytest.mark.parametrize(
    ("method", "path"), [row for row in sorted(OWNED) if row[1].count("{") == 2]
)
def test_another_users_item_is_not_found_among_ones_own(
    alice: Caller, bob: Caller, method: str, path: str
) -> None:
    item_id = one_of_each(alice)
    before = all_of(alice)
    assert request(bob, method, path, bob.id, item_id) == (201 if method == "PUT" else 404)
    assert all_of(alice) == before


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
    monkeypatch.setattr("taskapi.main.NOUNS", (careless,))
    with pytest.raises(TypeError, match="route_class=OwnerRoute"):
        create_app(settings)


def slips() -> dict[str, Callable[[FastAPI], None]]:
    """Ways to open somebody's data to every user by mistake, by what is added."""

    async def everybodys() -> dict[str, str]:
        return {"title": "Alice's"}

    def routed(path: str, **options: Any) -> Callable[[FastAPI], None]:
        router = APIRouter(**options)
        router.add_api_route(path, everybodys)
        return lambda app: app.router.routes.extend(router.routes)

    def included(app: FastAPI) -> None:
        router = APIRouter(prefix="/api/users/{user_id}/notes", route_class=OwnerRoute)
        router.add_api_route("", everybodys)
        app.include_router(router)

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    owned: dict[str, Any] = {"route_class": OwnerRoute}
    return {
        "another class": routed("/api/users/{user_id}/notes"),
        "a longer match": routed("/api/users/{user_id:path}/notes", **owned),
        "another name": routed("/api/users/{owner}/notes", **owned),
        "no user": routed("/api/notes/{id}", **owned),
        "the user elsewhere": routed("/api/notes/{user_id}", **owned),
        "another case": routed("/api/Users/{user_id}/notes", **owned),
        "not under /api": routed("/notes"),
        "everything": routed("/{path:path}", **owned),
        "a mounted application": lambda app: app.mount("/api/users/{user_id}/notes", FastAPI()),
        "a mount at the root": lambda app: app.mount("/", FastAPI()),
        "an included router": included,
        "a plain route": lambda app: app.router.add_route("/api/notes", everybodys),
        "files": lambda app: app.frontend("/api/users/zoe", directory=Path(__file__).parent),
        "a socket": lambda app: app.router.add_websocket_route("/api/users/{user_id}/live", socket),
    }


@pytest.mark.parametrize("slip", slips())
def test_a_slip_stops_the_application(settings: Settings, slip: str) -> None:
    """Before it is built or, when something is added afterwards, before it serves."""
    app = create_app(settings)
    slips()[slip](app)
    with pytest.raises(TypeError) as refused, TestClient(app):
        pass
    assert re.fullmatch(r".+ is open to every user: .*route_class=OwnerRoute.*", str(refused.value))


def test_the_process_says_so_in_one_line(settings: Settings) -> None:
    program = """
import taskapi.main
from fastapi import APIRouter
taskapi.main.NOUNS = (APIRouter(),)
taskapi.main.NOUNS[0].add_api_route("/api/notes", print)
taskapi.main.create_app_from_environment()
"""
    environment = {**blank_environment(), "BETTER_AUTH_SECRET": SECRET}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert re.fullmatch("/api/notes .*route_class=OwnerRoute.*\n", done.stderr)


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
