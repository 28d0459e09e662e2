"""Every status has the one shape, the CORS headers and the request id."""

import asyncio
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import FastAPI, HTTPException
from httpx2 import Response
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from taskapi.error_answers import ErrorGuard
from taskapi.errors import ERROR_TYPES
from taskapi.request_log import RequestLog
from tests.callers import ORIGIN, Caller, anonymous, expired, forged, user

BUG = "a bug with a secret in it"


@pytest.fixture(autouse=True, scope="module")
def broken_routes(sqlite_client: TestClient) -> Iterator[None]:
    """Routes that raise what no real one does on purpose."""
    app: FastAPI = sqlite_client.app  # type: ignore[assignment]

    async def bug(request: Request) -> None:
        raise RuntimeError(BUG)

    async def framework(request: Request) -> None:
        raise HTTPException(int(request.query_params["status"]))

    before = list(app.router.routes)
    app.router.add_api_route("/api/bug", bug)
    app.router.add_api_route("/api/framework", framework)
    yield
    app.router.routes[:] = before


@pytest.fixture
def carol(sqlite_client: TestClient) -> Caller:
    return user(sqlite_client)


def assert_shape(answer: Response, status: int, request_id: str | None = None) -> None:
    body = answer.json()
    assert answer.status_code == status
    assert set(body) - {"errors"} == {"detail", "status_code", "error_type", "request_id"}
    assert ("errors" in body) == (status == 422)
    assert (body["status_code"], body["error_type"]) == (status, ERROR_TYPES[status])
    assert body["request_id"] == answer.headers["x-request-id"]
    assert request_id in (None, body["request_id"])
    assert re.fullmatch(r"[A-Z].*[^.]\.|Unauthorized - .*", body["detail"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


class TestStatuses:
    def test_401_without_a_token(self, carol: Caller) -> None:
        answer = anonymous(carol.client, carol.id).own("GET")
        assert_shape(answer, 401)
        assert answer.json()["detail"] == "Unauthorized - Missing bearer token"
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(("kind", "what"), [(forged, "is invalid"), (expired, "expired")])
    def test_401_with_a_bad_token(self, carol: Caller, kind: type[Caller], what: str) -> None:
        answer = kind(carol.client, carol.id).own("GET")  # type: ignore[call-arg]
        assert_shape(answer, 401)
        assert answer.json()["detail"] == "Unauthorized - Invalid or expired token"
        assert answer.headers["www-authenticate"] == (
            f'Bearer error="invalid_token", error_description="The token {what}"'
        )

    def test_401_with_two_authorization_headers(self, carol: Caller) -> None:
        twice = [("Authorization", carol.authorization or "")] * 2 + [("Origin", ORIGIN)]
        assert_shape(carol.client.get("/api/me", headers=twice), 401)

    def test_403(self, carol: Caller) -> None:
        assert_shape(carol.call("GET", "/api/users/somebody-else/tasks"), 403)

    @pytest.mark.parametrize("path", ["/api/nope", "/", "/api/users"])
    def test_404_for_a_route(self, carol: Caller, path: str) -> None:
        assert_shape(carol.call("GET", path), 404)

    def test_404_for_a_task(self, carol: Caller) -> None:
        assert_shape(carol.own("GET", f"/{uuid4()}"), 404)

    @pytest.mark.parametrize(
        ("path", "allow"),
        [
            ("/health", "GET, HEAD"),
            ("/openapi.json", "GET, HEAD"),
            ("/api/me", "GET, HEAD"),
            ("/api/users/{id}/tasks", "DELETE, GET, HEAD, POST"),
            (
                "/api/users/{id}/tasks/00000000-0000-4000-8000-000000000000",
                "DELETE, GET, HEAD, PATCH, PUT",
            ),
        ],
    )
    @pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND", "X"])
    def test_405_names_every_method_of_the_path(
        self, carol: Caller, path: str, allow: str, method: str
    ) -> None:
        answer = carol.call(method, path.format(id=carol.id))
        assert_shape(answer, 405)
        assert answer.headers["allow"] == allow

    def test_413(self, carol: Caller) -> None:
        assert_shape(carol.own("POST", json={"title": "x" * 70_000}), 413)

    def test_422(self, carol: Caller) -> None:
        answer = carol.own("POST", json={"title": 7, "completed": "yes", "x": 1})
        assert_shape(answer, 422)
        assert answer.json()["errors"] == [
            {"field": "title", "message": "Must be a string."},
            {"field": "completed", "message": "Must be true or false."},
            {"field": "x", "message": "This field is not known."},
        ]

    @pytest.mark.parametrize("status", sorted(ERROR_TYPES))
    def test_whatever_a_framework_raises(self, carol: Caller, status: int) -> None:
        answer = carol.call("GET", f"/api/framework?status={status}")
        if status != 422:  # without fields to name there is no `errors`
            assert_shape(answer, status)

    @pytest.mark.parametrize(
        ("status", "error_type"), [(418, "bad_request_error"), (502, "internal_error")]
    )
    def test_a_status_that_nobody_expects(
        self, carol: Caller, status: int, error_type: str
    ) -> None:
        answer = carol.call("GET", f"/api/framework?status={status}")
        assert (answer.status_code, answer.json()["error_type"]) == (status, error_type)


class TestBug:
    def test_tells_nothing_but_its_request_id(
        self, carol: Caller, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answer = carol.call("GET", "/api/bug", headers={"X-Request-ID": "find-me"})
        assert_shape(answer, 500, "find-me")
        assert BUG not in answer.text + str(answer.headers)
        log = capsys.readouterr().out
        assert BUG in log
        assert "find-me" in log
        assert (carol.authorization or "").removeprefix("Bearer ") not in log


class TestRequestId:
    @pytest.mark.parametrize(
        "request_id", ["a", "A-b_c.9", "x" * 128, "f4b3c534-b89a-45c0-bb4b-2dfbd0ceea00"]
    )
    def test_a_sane_one_is_kept(self, carol: Caller, request_id: str) -> None:
        for path in ("/api/me", "/api/nope", "/health"):
            answer = carol.call("GET", path, headers={"X-Request-ID": request_id})
            assert answer.headers.get_list("x-request-id") == [request_id]

    @pytest.mark.parametrize(
        "request_id", ["", " ", "a b", "x" * 129, 'a"b', "a;b", "<b>", "a\tb", "é".encode(), "a/b"]
    )
    def test_any_other_is_replaced(self, carol: Caller, request_id: str | bytes) -> None:
        answer = carol.call("GET", "/api/me", headers={b"X-Request-ID": request_id})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])

    def test_two_are_replaced(self, carol: Caller) -> None:
        headers = [("X-Request-ID", "one"), ("X-Request-ID", "two")]
        made = carol.client.get("/health", headers=headers).headers["x-request-id"]
        assert made not in ("one", "two")


class TestCors:
    def preflight(self, client: TestClient, origin: str, method: str, headers: str) -> Response:
        return client.options(
            "/api/users/anyone/tasks",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": headers,
            },
        )

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_a_preflight_of_our_frontend_needs_no_token(
        self, sqlite_client: TestClient, method: str
    ) -> None:
        wanted = "authorization, content-type, x-request-id"
        answer = self.preflight(sqlite_client, ORIGIN, method, wanted)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert method in answer.headers["access-control-allow-methods"]
        assert "authorization" in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["x-request-id"]

    @pytest.mark.parametrize(
        ("origin", "method", "headers"),
        [
            ("http://evil.example", "GET", "authorization"),
            ("null", "GET", "authorization"),
            ("http://localhost:3000.evil.example", "GET", "authorization"),
            ("https://localhost:3000", "GET", "authorization"),
            ("http://localhost", "GET", "authorization"),
            (ORIGIN, "TRACE", "authorization"),
            (ORIGIN, "GET", "x-other"),
        ],
    )
    def test_any_other_preflight_is_refused_in_our_shape(
        self, sqlite_client: TestClient, origin: str, method: str, headers: str
    ) -> None:
        answer = self.preflight(sqlite_client, origin, method, headers)
        assert answer.status_code == 400
        assert answer.json()["error_type"] == "bad_request_error"
        assert answer.headers.get("access-control-allow-origin") == (
            ORIGIN if origin == ORIGIN else None
        )

    def test_another_origin_gets_no_permission_to_read(self, carol: Caller) -> None:
        answer = carol.call("GET", "/api/me", headers={"Origin": "http://evil.example"})
        assert "access-control-allow-origin" not in answer.headers
        assert "Origin" in answer.headers["vary"]

    def test_what_a_script_may_read(self, carol: Caller) -> None:
        exposed = carol.call("GET", "/api/me").headers["access-control-expose-headers"]
        assert exposed == "Location, Retry-After, WWW-Authenticate, X-Request-ID"


def test_a_request_that_is_cut_when_the_server_stops_is_told() -> None:
    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    async def scenario() -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
        answering = asyncio.create_task(RequestLog(ErrorGuard(hang), "json")(scope, receive, send))
        await asyncio.sleep(0)
        answering.cancel()
        await answering
        return sent

    start, body = asyncio.run(scenario())
    assert start["status"] == 503
    assert b'"error_type":"service_unavailable_error"' in body["body"]
