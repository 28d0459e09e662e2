"""Stopping, and several worker processes: what an operator's signals do to requests."""

import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.callers import ORIGIN, token
from tests.conftest import migrated
from tests.servers import Server, children, cmdline

AUTHORIZATION = {"Authorization": f"Bearer {token('frank')}"}
READY = f"GET /ready HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\n\r\n".encode()
PATIENCE = 30  # seconds, on a busy machine, for what takes none or a short drain


@pytest.fixture
def database(tmp_path: Path) -> str:
    file = str(tmp_path / "tasks.sqlite")
    migrated(file)
    return file


def wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def listens(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except OSError:
        return False
    return True


# Takes the place of a module of which the protocol is made, and takes its time in a worker.
SLOW_IMPORT = """
import multiprocessing, pathlib, sys, time
here = pathlib.Path(__file__)
if multiprocessing.parent_process():
    here.with_name(f"{multiprocessing.current_process().name}.begun").touch()
    time.sleep(2)
sys.path.remove(str(here.parent))
del sys.modules["httptools"]
import httptools
sys.path.insert(0, str(here.parent))
"""


def wait_until_handled(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Before that it is the interpreter that starts, for as long as the machine lets it."""
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)  # type: ignore[index]
        if caught >> (number - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError("it has ended")


class TestTerm:
    def test_without_a_drain_it_ends_at_once_with_0(self, database: str) -> None:
        with Server(DATABASE_URL=database) as server:
            server.process.terminate()
            assert server.process.wait(PATIENCE) == 0
            assert "Traceback" not in server.log()

    def test_not_ready_while_it_drains_and_still_serving(self, database: str) -> None:
        with Server(DATABASE_URL=database, DRAIN_SECONDS="10") as server:
            assert server.send(READY)[0] == 200
            server.process.terminate()
            begun = time.monotonic()
            wait_until(lambda: server.send(READY)[0] == 503)
            _, headers, content = server.send(READY)
            body = json.loads(content)
            assert body["error_type"] == "service_unavailable_error"
            assert body["request_id"] == headers["x-request-id"]
            assert headers["retry-after"] == "5"
            assert headers["access-control-allow-origin"] == ORIGIN
            assert headers["connection"] == "close"  # the next request goes elsewhere
            assert server.answers()
            server.process.terminate()  # a manager and a process group may both send one
            wait_until(lambda: not listens(server))
            assert 9.5 < time.monotonic() - begun < 20
            assert server.process.wait(PATIENCE) == 0

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_a_second_signal_cuts_its_end_not_short(self, database: str, workers: str) -> None:
        for delay in (0, 0.02, 0.05):
            with Server(DATABASE_URL=database, WEB_CONCURRENCY=workers) as server:
                assert server.send(READY)[0] == 200
                os.killpg(server.process.pid, signal.SIGTERM)
                time.sleep(delay)
                os.killpg(server.process.pid, signal.SIGINT)
                assert server.process.wait(PATIENCE) == 0
                assert "Traceback" not in server.log()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_before_it_serves(self, database: str, number: signal.Signals) -> None:
        environment = Server(DATABASE_URL=database).environment
        for delay in (0, 0.4):
            process = subprocess.Popen(
                [sys.executable, "-m", "taskapi", "serve"], env=environment, stderr=subprocess.PIPE
            )
            wait_until_handled(process, signal.SIGTERM)
            time.sleep(delay)
            process.send_signal(number)
            _, errors = process.communicate(timeout=PATIENCE)
            assert process.returncode in (0, 128 + number)
            assert b"Traceback" not in errors


class TestInterrupt:
    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_ctrl_c_ends_at_once_without_a_traceback(self, database: str, workers: str) -> None:
        variables = {"DRAIN_SECONDS": "60", "WEB_CONCURRENCY": workers}
        with Server(DATABASE_URL=database, **variables) as server:
            workers_of_it = children(server.process.pid)
            os.killpg(server.process.pid, signal.SIGINT)
            assert server.process.wait(PATIENCE) == 0
            assert not any(cmdline(pid) for pid in workers_of_it)
            assert "Traceback" not in server.log()

    def test_ctrl_c_while_workers_are_being_imported(self, database: str, tmp_path: Path) -> None:
        (tmp_path / "httptools.py").write_text(SLOW_IMPORT)
        variables = {"WEB_CONCURRENCY": "2", "PYTHONPATH": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, "-m", "taskapi", "serve"],
            env=Server(DATABASE_URL=database, **variables).environment,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        wait_until(lambda: len(list(tmp_path.glob("*.begun"))) == 2)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert b"Traceback" not in errors


class TestWorkers:
    def test_each_serves_and_logs_and_ends(self, database: str) -> None:
        with Server(DATABASE_URL=database, WEB_CONCURRENCY="3", DRAIN_SECONDS="5") as server:
            workers = children(server.process.pid)
            assert len(workers) == 3
            lines = [json.loads(line) for line in server.log().splitlines()]
            assert [line["workers"] for line in lines if line["event"] == "serving"] == [3]
            assert any(line["event"] == "sqlite_with_workers" for line in lines)
            wait_until(lambda: server.log().count("Started server process") == 3)
            for _ in range(10):
                assert server.send(READY)[0] == 200
            server.process.terminate()
            wait_until(lambda: server.send(READY)[0] == 503)
            assert server.process.wait(PATIENCE) == 0
            assert not any(cmdline(pid) for pid in workers)
            assert "Traceback" not in server.log()

    def test_one_that_dies_is_replaced(self, database: str) -> None:
        with Server(DATABASE_URL=database, WEB_CONCURRENCY="2") as server:
            wait_until(lambda: server.log().count("Started server process") == 2)
            before = children(server.process.pid)
            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: len(set(children(server.process.pid)) - set(before)) == 1)
            wait_until(lambda: server.log().count("Started server process") == 3)
            assert server.answers()

    def test_none_outlives_its_manager(self, database: str) -> None:
        with Server(DATABASE_URL=database, WEB_CONCURRENCY="2") as server:
            workers = children(server.process.pid)
            wait_until(lambda: server.log().count("Started server process") == 2)
            server.process.kill()
            server.process.wait()
            wait_until(lambda: not any(cmdline(pid) for pid in workers))


class Balancer:
    """What a balancer does for the requests of one load: it asks `/ready` ten times a second."""

    def __init__(self, *ports: int) -> None:
        self.ready = set(ports)
        self.ports = ports
        self.ended = threading.Event()

    def check(self) -> None:
        while not self.ended.wait(0.1):
            for port in self.ports:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                try:
                    connection.request("GET", "/ready")
                    good = connection.getresponse().status == 200
                except OSError:
                    good = False
                finally:
                    connection.close()
                (self.ready.add if good else self.ready.discard)(port)

    def load(self, written: list[str], failures: list[str]) -> None:
        """PUT one task after the other; every fourth request on a new connection, no second try."""
        kept: dict[int, http.client.HTTPConnection] = {}
        number = 0
        while not self.ended.is_set():
            ready = sorted(self.ready)
            if not ready:  # for a moment, on a busy machine
                self.ended.wait(0.05)
                continue
            number += 1
            port = ready[number % len(ready)]
            connection = kept.pop(port, None)
            if connection and (number % 4 == 0 or ended(connection)):
                connection.close()
                connection = None
            connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            kept[port] = connection
            task = str(uuid4())
            try:
                headers = {**AUTHORIZATION, "Content-Type": "application/json"}
                path = f"/api/users/frank/tasks/{task}"
                connection.request("PUT", path, '{"title": "x"}', headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                failures.append(repr(error))
                kept.pop(port).close()
                continue
            if answer.status == 201:
                written.append(task)
            else:
                failures.append(str(answer.status))
        for connection in kept.values():
            connection.close()

    @contextmanager
    def loaded(self, written: list[str], failures: list[str]) -> Iterator[None]:
        threads = [threading.Thread(target=self.check)]
        threads += [threading.Thread(target=self.load, args=(written, failures)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()


def ended(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed a kept connection meanwhile; every pool of a proxy looks."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_rolling_restart_costs_no_request(database: str, workers: str) -> None:
    variables = {"DATABASE_URL": database, "DRAIN_SECONDS": "5", "WEB_CONCURRENCY": workers}
    written: list[str] = []
    failures: list[str] = []
    with Server(**variables) as first, Server(**variables) as second:
        balancer = Balancer(first.port, second.port)
        with balancer.loaded(written, failures):
            for server in (first, second):
                time.sleep(0.5)
                server.process.terminate()
                assert server.process.wait(PATIENCE) == 0
                assert server.port not in balancer.ready
                server.start()
                wait_until(lambda port=server.port: port in balancer.ready)  # type: ignore[misc]
        assert failures == []
        assert len(written) > 50
        connection = http.client.HTTPConnection("127.0.0.1", first.port)
        for task in written:
            connection.request("GET", f"/api/users/frank/tasks/{task}", headers=AUTHORIZATION)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
        connection.close()
