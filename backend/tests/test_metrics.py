"""What an operator's Prometheus sees, and that no stranger decides about its size."""

import errno
import os
import re
import signal
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from taskapi.request_log import RequestLog
from taskapi.serve import MEMORY
from tests.callers import token
from tests.conftest import migrated
from tests.servers import Server, children
from tools.ports import free_port
from tools.postgres import Postgres

AUTH = f"Authorization: Bearer {token('frank')}\r\n"


class Measured(Server):
    def __init__(self, **variables: str) -> None:
        self.metrics_port = free_port()
        super().__init__(METRICS_PORT=str(self.metrics_port), **variables)

    def get(self, target: str, headers: str = "", method: str = "GET") -> int:
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"
        return self.send(head.encode())[0]

    def metrics(self) -> dict[str, float]:
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url) as answer:
            text = answer.read().decode()
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}


@pytest.fixture(params=["1", "2"], ids=["one process", "two workers"])
def measured(request: pytest.FixtureRequest, tmp_path: Path) -> Measured:
    file = str(tmp_path / "tasks.sqlite")
    migrated(file)
    return Measured(DATABASE_URL=file, WEB_CONCURRENCY=request.param)


def test_answers_by_route_and_status_and_refusals_by_reason(measured: Measured) -> None:
    with measured as server:
        for _ in range(10):
            server.get("/api/users/frank/tasks?q=x", AUTH)
        server.get("/api/me", AUTH, method="HEAD")
        server.get("/api/users/victim/tasks", AUTH)
        server.get("/api/users/victim/tasks", AUTH, method="HEAD")
        server.get("/api/me")
        server.get("/api/me", "Authorization: Bearer e30.e30.e30.\r\n")
        server.get("/" + "a" * 20_000)
        server.get("/a b")
        for number in range(20):
            server.get(f"/nowhere/{number}", AUTH)
            server.get(f"/nowhere/{number}")
        found = server.metrics()
    answers = "gatepass_api_request_duration_seconds"
    tasks = 'method="GET",route="/api/users/{user_id}/tasks",status="200"'
    assert found[f"{answers}_count{{{tasks}}}"] == 10
    assert found[f'{answers}_bucket{{le="10.0",{tasks}}}'] == 10
    assert found[f'{answers}_count{{method="HEAD",route="/api/me",status="200"}}'] == 1
    for method in ("GET", "HEAD"):
        forbidden = f'method="{method}",route="/api/users/{{user_id}}/tasks",status="403"'
        assert found[f"{answers}_count{{{forbidden}}}"] == 1
    for status, count in {"404": 20, "401": 22, "414": 1}.items():
        unmatched = f'method="GET",route="unmatched",status="{status}"'
        assert found[f"{answers}_count{{{unmatched}}}"] == count
    refusals = {
        name: value
        for name, value in found.items()
        if name.startswith("gatepass_api_refusals_total") and value
    }
    assert refusals == {
        'gatepass_api_refusals_total{reason="missing_token"}': 21,
        'gatepass_api_refusals_total{reason="malformed"}': 1,
        'gatepass_api_refusals_total{reason="bad_request_error"}': 1,
    }
    assert any(name.startswith("process_resident_memory_bytes{pid=") for name in found)
    assert "nowhere" not in " ".join(found)


def test_a_full_disk_has_no_part_in_counting(measured: Measured) -> None:
    """Its files are mapped into memory, and a page for which there is no room ends the process."""
    with measured as server:
        server.get("/api/me")
        pids = [server.process.pid, *children(server.process.pid)]
        mapped = "".join(Path(f"/proc/{pid}/maps").read_text() for pid in pids)
        files = re.findall(r"\S+/taskapi-metrics-\S+", mapped)
    memory = MEMORY if os.access(MEMORY, os.W_OK) else tempfile.gettempdir()
    assert files
    assert all(file.startswith(f"{memory}/") for file in files)


def test_a_counter_without_room_changes_no_answer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=204)(scope, receive, send)

    def observe(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    client = TestClient(RequestLog(app, "json", observers=[observe]))
    assert client.get("/").status_code == 204


def test_a_worker_that_died_is_not_counted_as_alive(postgres: Postgres) -> None:
    url = postgres.create("measured")
    migrated(url)
    with Measured(DATABASE_URL=url, WEB_CONCURRENCY="2", DATABASE_POOL_SIZE="3") as server:

        def pools() -> float:
            found = server.metrics()
            sizes = [value for name, value in found.items() if 'state="size"' in name]
            return sum(sizes)

        def pids() -> set[str]:
            pattern = re.compile(r'process_start_time_seconds\{pid="(\d+)"\}')
            return {match[1] for name in server.metrics() if (match := pattern.match(name))}

        both = 2 * 3
        wait(lambda: len(pids()) == 2 and pools() == both)
        os.kill(int(min(pids())), signal.SIGKILL)
        wait(lambda: len(pids()) == 2 and pools() == both)


def wait(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def test_metrics_are_at_no_other_path(measured: Measured) -> None:
    with measured as server:
        for path in ("/", "/metrics/x", "/favicon.ico", "/metricsx"):
            with pytest.raises(HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{server.metrics_port}{path}")
        assert server.metrics()


def test_metrics_are_on_no_other_port(server: Server) -> None:
    for headers, status in (("", 401), (AUTH, 404)):
        head = f"GET /metrics HTTP/1.1\r\nHost: x\r\n{headers}\r\n"
        assert server.send(head.encode())[0] == status


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    file = str(tmp_path / "tasks.sqlite")
    migrated(file)
    server = Measured(DATABASE_URL=file)
    server.environment["METRICS_PORT"] = server.environment["API_PORT"]
    with pytest.raises(RuntimeError, match="METRICS_PORT: cannot listen"):
        server.__enter__()
    lines = [line for line in server.log().splitlines() if not line.startswith("{")]
    assert len(lines) == 1
    server.output.close()
