"""Sizes, times and numbers that no stranger can exceed, on connections of real sockets."""

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from uvicorn import Config, Server

from taskapi import protocol, strict_requests
from taskapi.database import limits
from taskapi.main import create_app
from taskapi.protocol import HttpProtocol
from tests import servers
from tests.callers import ORIGIN, token
from tests.conftest import migrated

AUTH = f"Authorization: Bearer {token('frank')}\r\n".encode()
HOST = f"Host: x\r\nOrigin: {ORIGIN}\r\n".encode()
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
DOCS = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n"
CREATE = b"POST /api/users/frank/tasks HTTP/1.1\r\n" + AUTH  # without its body
CREATE += b"Content-Type: application/json\r\nContent-Length: 14\r\n\r\n"
CREATE_OF_GRACE = CREATE.replace(b"frank", b"grace").replace(
    AUTH, f"Authorization: Bearer {token('grace')}\r\n".encode()
)
TASK = b'{"title": "x"}'
DELETE = b"DELETE /api/users/frank/tasks HTTP/1.1\r\n" + AUTH + b"\r\n"
LIST = b"GET /api/users/frank/tasks?limit=100 HTTP/1.1\r\nHost: x\r\n" + AUTH + b"\r\n"
MEGABYTES = 2**20
BRIEF = 1.5  # seconds of a bound that is to be met
AMPLE = 20.0  # and of one that is not, also where this machine stands still for a while


def last(request: bytes) -> bytes:
    """The same, and no other after it on its connection."""
    return request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def resident(pid: int) -> float:
    """The most memory that a process has had, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def flood(port: int, head: bytes, size: int) -> bytes:
    """Send so many bytes after that head, as long as the server takes them; what it answers."""
    piece, answer = b"x" * 65_536, b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(head)
            for _ in range(size // len(piece)):
                connection.sendall(piece)
        except OSError:
            pass
        while received := servers.receive(connection):
            answer += received
    return answer


class TestSizes:
    @pytest.mark.parametrize(
        ("size", "status"), [(16_384, 404), (16_385, 414), (60_000, 414), (200_000, 414)]
    )
    def test_a_request_line(self, server: servers.Server, size: int, status: int) -> None:
        around = len(b"GET / HTTP/1.1\r\n")
        line = b"GET /" + b"a" * (size - around) + b" HTTP/1.1\r\n"
        answer = server.send(line + HOST + AUTH + b"\r\n")
        assert_shaped(answer, status, "uri_too_long_error" if status == 414 else "not_found_error")
        assert (answer[1].get("access-control-allow-origin") == ORIGIN) is (size < 65_536)

    @pytest.mark.parametrize(
        ("size", "status"), [(16_384, 200), (16_385, 431), (60_000, 431), (200_000, 431)]
    )
    @pytest.mark.parametrize("origin_last", [False, True])
    def test_headers_together(
        self, server: servers.Server, size: int, status: int, origin_last: bool
    ) -> None:
        padding = b"X: " + b"a" * (size - len(HOST) - len(b"X: \r\n")) + b"\r\n"
        headers = padding + HOST if origin_last else HOST + padding
        answer = server.send(b"GET /health HTTP/1.1\r\n" + headers + b"\r\n")
        assert answer[0] == status
        if status == 431:
            assert_shaped(answer, 431, "headers_too_large_error")
        if size < 65_536 or not origin_last:
            assert answer[1]["access-control-allow-origin"] == ORIGIN

    def test_the_number_of_headers(self, server: servers.Server) -> None:
        for count, status in ((256, 200), (257, 431)):
            head = b"GET /health HTTP/1.1\r\n" + b"a:b\r\n" * count + b"\r\n"
            assert server.send(head)[0] == status

    def test_what_is_refused_stands_in_the_log_with_its_id(self, server: servers.Server) -> None:
        _, headers, _ = server.send(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n")
        lines = [json.loads(line) for line in server.log().splitlines()]
        [line] = [line for line in lines if line.get("request_id") == headers["x-request-id"]]
        assert (line["event"], line["status"]) == ("request", 414)
        assert len(line["path"]) == 500

    @pytest.mark.parametrize(
        ("head", "megabytes", "answer"),
        [
            (b"GET /", 30, b" 414 "),
            (b"GET / HTTP/1.1\r\nX: ", 100, b" 431 "),
            (b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 100, 100, b" 431 "),
            (b"", 30, b" 400 "),
            (b"\r\n" * 20_000, 100, b" 400 "),
            (b"POST /api/me HTTP/1.1\r\nContent-Length: 104857600\r\n\r\n", 100, b" 401 "),
            (
                b"POST /api/users/frank/tasks HTTP/1.1\r\n"
                + AUTH
                + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
                100,
                b" 4",
            ),
        ],
        ids=["line", "a header", "headers", "no HTTP", "empty lines", "a body", "a trailer"],
    )
    def test_memory_does_not_grow(
        self, server: servers.Server, head: bytes, megabytes: int, answer: bytes
    ) -> None:
        server.send(HEALTH)
        before = resident(server.process.pid)
        assert answer in flood(server.port, head, megabytes * MEGABYTES)[:20]
        assert resident(server.process.pid) - before < 4
        assert server.send(HEALTH)[0] == 200

    @pytest.mark.parametrize(
        "head",
        [
            b"GET /" + b"a" * 16_000 + b" HTTP/1.1\r\n" + b"X: " + b"a" * 16_000,
            b"GET / HTTP/1.1\r\n" + b"Origin:\r\n" * 7_220,
            b"GET / HTTP/1.1\r\nX: " + b"a" * 16_400 + b"\r\n" + b"Origin:\r\n" * 5_380,
        ],
        ids=["long", "origins", "origins after much"],
    )
    def test_many_connections_hold_little(self, server: servers.Server, head: bytes) -> None:
        before = resident(server.process.pid)
        connections = [
            socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(200)
        ]
        for connection in connections:
            connection.sendall(head)
        assert server.send(HEALTH)[0] == 200
        assert resident(server.process.pid) - before < 20
        for connection in connections:
            connection.close()

    def test_whoever_leaves_before_the_answers_is_no_fault(self, server: servers.Server) -> None:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n" * 8)
            time.sleep(0.5)
        time.sleep(0.5)
        assert server.answers()
        assert "Traceback" not in server.log()

    def test_pipelined_requests_are_bounded(self, server: servers.Server) -> None:
        few = b"".join(ask(server.port, HEALTH * 9 + last(HEALTH)).split(b"\r\n\r\n"))
        assert few.count(b'{"status":"ok"}') == 10
        assert server.send(HEALTH)[0] == 200

    @pytest.mark.parametrize("number", [18, 41, 1000, 20_000])
    def test_of_too_many_the_first_are_answered(self, server: servers.Server, number: int) -> None:
        answers = ask(server.port, HEALTH * number).split(b"HTTP/1.1 ")[1:]
        assert [answer[:3] for answer in answers] == [b"200"] * 17
        closing = [b"connection: close" in answer.lower() for answer in answers]
        assert closing == [False] * 16 + [True]
        assert server.send(HEALTH)[0] == 200

    def test_headers_of_requests_sent_ahead_are_bounded_together(
        self, server: servers.Server
    ) -> None:
        request = HEALTH[:-2] + b"a:b\r\n" * 127 + b"\r\n"
        answers = ask(server.port, request * 10).split(b"HTTP/1.1 ")[1:]
        assert [answer[:3] for answer in answers] == [b"200"] * 3
        closing = [b"connection: close" in answer.lower() for answer in answers]
        assert closing == [False, False, True]

    @pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
    def test_an_upgrade_that_is_not_made_ends_nothing(
        self, server: servers.Server, protocol: bytes
    ) -> None:
        upgrade = HEALTH[:-2] + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
        end = last(HEALTH)
        for parts in ((upgrade * 2 + end,), (upgrade, HEALTH, end)):
            assert ask(server.port, *parts).count(b'{"status":"ok"}') == 3

    @pytest.mark.parametrize("connection", [b"Connection", b"Proxy-Connection"])
    @pytest.mark.parametrize("chunked", [False, True])
    @pytest.mark.parametrize("pieces", [1, 2, 30])
    def test_the_body_of_an_upgrade_is_no_request(
        self, server: servers.Server, connection: bytes, chunked: bool, pieces: int
    ) -> None:
        head = CREATE[:-2] + connection + b": Upgrade\r\nUpgrade: h2c\r\n\r\n"
        for body, status in ((TASK, b"201"), (DELETE, b"422")):
            framing = b"Content-Length: %d" % len(body)
            if chunked:
                framing = b"Transfer-Encoding: chunked"
                body = b"%x\r\n%s\r\n0\r\nX: y\r\n\r\n" % (len(body), body)
            request = head.replace(b"Content-Length: 14", framing) + body
            size = -(-len(request) // pieces)
            parts = [request[at : at + size] for at in range(0, len(request), size)]
            answer = ask(server.port, *parts, HEALTH)
            assert answer.count(b"HTTP/1.1 ") == 1
            assert answer.split()[1] == status
            assert b"connection: close" in answer.lower()
        assert b'"title":"x"' in ask(server.port, last(LIST))

    def test_the_body_of_a_connect_is_no_request(self, server: servers.Server) -> None:
        head = CREATE.replace(b"POST", b"CONNECT")
        head = head.replace(b"Content-Length: 14", b"Content-Length: %d" % len(DELETE))
        answer = ask(server.port, head + DELETE, HEALTH)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.split()[1] == b"405"

    def test_the_end_of_a_request_that_is_to_be_asked_for_its_body_is_no_fault(
        self, server: servers.Server
    ) -> None:
        head = CREATE.replace(b"Content-Length: 14", b"Transfer-Encoding: chunked")
        head = head[:-2] + b"Expect: 100-continue\r\nX-Request-ID: expects\r\n\r\n"
        assert ask(server.port, head + b"ZZ\r\n").split()[1] == b"400"
        wait_until(lambda: '"request_id": "expects"' in server.log())
        assert "unhandled_exception" not in server.log()

    def test_answers_that_are_due_come_before_the_end_for_what_is_no_http(
        self, server: servers.Server
    ) -> None:
        answer = ask(server.port, HEALTH * 3 + b"\0\0\0\r\n\r\n" + b"a" * 300_000)
        assert answer.count(b'{"status":"ok"}') == 3


def ask(port: int, *parts: bytes) -> bytes:
    """Whatever comes back until the server ends the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as connection:
        with suppress(ConnectionError):  # it need not take all that is too much
            for part in parts:
                connection.sendall(part)
                time.sleep(0.005)  # so that each comes by itself
        while piece := servers.receive(connection):
            answer += piece
    return answer


def bound(patch: pytest.MonkeyPatch, seconds: float, *names: str) -> None:
    for module in (protocol, strict_requests):
        for name in names:
            if hasattr(module, name):
                patch.setattr(module, name, seconds)


class TestTimes:
    """With ample bounds but for those that a test sets."""

    @pytest.fixture
    def port(self, quick: Server) -> int:
        return int(quick.servers[0].sockets[0].getsockname()[1])

    @pytest.fixture
    def quick(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
        names = [f"{name}_SECONDS" for name in ("HEAD", "BODY", "SEND", "LINGER", "STOP")]
        bound(monkeypatch, AMPLE, *names)
        monkeypatch.setattr(HttpProtocol, "none_served_most_until", 0)
        app = create_app(migrated(str(tmp_path / "tasks.sqlite")))
        config = Config(
            app,
            http=HttpProtocol,
            ws="none",
            port=0,
            log_config=None,
            timeout_keep_alive=int(AMPLE),
        )
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)  # of each connection
        server = Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield server
        server.should_exit = True
        thread.join()

    def held(self, port: int, *parts: bytes, every: float = 0.0) -> tuple[float, bytes]:
        """Seconds until the server ends the connection, and what it said."""
        begun = time.monotonic()
        answer = b""
        with socket.create_connection(("127.0.0.1", port), timeout=0.05) as connection:
            pending = list(parts)
            while time.monotonic() < begun + 10:
                try:
                    if pending:
                        connection.sendall(pending.pop(0))
                        time.sleep(every)
                    piece = connection.recv(65_536)
                except TimeoutError:
                    continue
                except OSError:
                    break
                if not piece:
                    break
                answer += piece
        return time.monotonic() - begun, answer

    def test_a_silent_connection(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        bound(monkeypatch, BRIEF, "HEAD_SECONDS")
        seconds, answer = self.held(port)
        assert seconds < AMPLE / 2
        assert answer == b""

    def test_headers_that_trickle_in(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        bound(monkeypatch, BRIEF, "HEAD_SECONDS")
        line = b"GET /health HTTP/1.1\r\n" + HOST
        seconds, answer = self.held(port, line, *[b"a: b\r\n"] * 200, every=0.05)
        assert seconds < AMPLE / 2
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"error_type":"request_timeout_error"' in answer
        assert f"access-control-allow-origin: {ORIGIN}".encode() in answer

    def test_empty_lines_that_trickle_in(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        bound(monkeypatch, BRIEF, "HEAD_SECONDS")
        seconds, _ = self.held(port, HEALTH, *[b"\r\n"] * 200, every=0.05)
        assert seconds < AMPLE / 2

    def test_a_body_that_trickles_in(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        bound(monkeypatch, BRIEF, "BODY_SECONDS")
        head = b"POST /api/users/frank/tasks HTTP/1.1\r\n" + HOST + AUTH
        head += b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        seconds, answer = self.held(port, head, *[b" "] * 200, every=0.05)
        assert seconds < AMPLE / 2
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert f"access-control-allow-origin: {ORIGIN}".encode() in answer

    def test_a_body_that_nobody_reads(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        bound(monkeypatch, BRIEF, "BODY_SECONDS", "LINGER_SECONDS")
        head = b"POST /api/me HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"
        seconds, answer = self.held(port, head, *[b" "] * 200, every=0.05)
        assert seconds < AMPLE / 2
        assert answer.startswith(b"HTTP/1.1 401 ")

    def test_a_connection_that_is_not_used_again(self, quick: Server, port: int) -> None:
        quick.config.timeout_keep_alive = 1
        seconds, answer = self.held(port, HEALTH)
        assert 0.9 < seconds < AMPLE / 2
        assert answer.startswith(b"HTTP/1.1 200 ")

    def test_nor_when_a_body_came_after_its_answer(self, quick: Server, port: int) -> None:
        quick.config.timeout_keep_alive = 1
        head = b"POST /api/me HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n"
        seconds, answer = self.held(port, head, TASK, every=0.1)
        assert 1 < seconds < AMPLE / 2
        assert answer.startswith(b"HTTP/1.1 401 ")

    def test_an_answer_that_nobody_takes(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bound(monkeypatch, BRIEF, "SEND_SECONDS")
        with slow(port) as connection:
            connection.sendall(DOCS)
            assert connection.recv(1)  # it is being sent
            wait_until(lambda: not quick.server_state.connections)

    @pytest.mark.parametrize("closing", [False, True])
    def test_an_answer_that_is_taken_slowly_arrives(
        self, port: int, closing: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bound(monkeypatch, BRIEF, "SEND_SECONDS")
        expected = 2 * page_size(port)
        begun = time.monotonic()
        with slow(port, 65_536) as connection:
            connection.sendall(DOCS + (last(DOCS) if closing else DOCS))
            take(connection, expected)
        assert time.monotonic() - begun > 4 * BRIEF

    @pytest.mark.parametrize(("answers", "stopping"), [(1, False), (2, False), (1, True)])
    def test_a_request_that_is_not_read_meanwhile_is_not_late(
        self,
        quick: Server,
        port: int,
        answers: int,
        stopping: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        bound(monkeypatch, BRIEF, "HEAD_SECONDS", "STOP_SECONDS")
        size = answers * page_size(port)
        begun = time.monotonic()
        with slow(port, 65_536) as connection:
            connection.sendall(DOCS * answers + HEALTH[:20])
            wait_until(lambda: bool(HttpProtocol.unsent))
            quick.should_exit = stopping
            take(connection, size)
            assert time.monotonic() - begun > 2 * BRIEF
            connection.sendall(HEALTH[20:])
            rest = b""
            while not rest.endswith(b'{"status":"ok"}'):
                piece = connection.recv(65_536)
                assert piece, rest[-500:]
                rest += piece

    def test_its_time_begins_when_the_answer_is_taken(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bound(monkeypatch, BRIEF, "HEAD_SECONDS")
        with slow(port, 65_536) as connection:
            connection.sendall(DOCS + HEALTH[:20])
            take(connection, page_size(port))
            taken = time.monotonic()
            rest = b"".join(iter(lambda: connection.recv(65_536), b""))
            assert time.monotonic() - taken < AMPLE / 2
        assert b"HTTP/1.1 408 " in rest

    def test_the_last_answer_before_the_end_is_taken_slowly(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bound(monkeypatch, BRIEF, "LINGER_SECONDS")
        with slow(port, 65_536) as connection:
            connection.sendall(DOCS + b"\0\0\0\r\n\r\n")
            take(connection, page_size(port))
            taken = time.monotonic()
            while servers.receive(connection):
                pass
            wait_until(lambda: not stands(quick, connection))
            assert time.monotonic() - taken < AMPLE / 2

    def test_answers_that_nobody_takes_are_bounded_together(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "MAX_UNSENT", 6_000_000)  # three of them
        with ExitStack() as stack:
            connections = []
            for _ in range(5):
                connections.append(stack.enter_context(slow(port)))
                connections[-1].sendall(DOCS * 3)
                wait_until(partial(among, HttpProtocol.unsent, connections[-1]))
            wait_until(lambda: not any(stands(quick, each) for each in connections[:2]))
            assert all(stands(quick, each) for each in connections[2:])
            whole = [page_size(port)] * 3
            assert list(HttpProtocol.unsent.values()) == whole  # not what is left of them
            # No answer is made before there is room for it.
            wait_until(lambda: not quick.server_state.tasks)
        wait_until(lambda: not HttpProtocol.unsent)

    @pytest.mark.parametrize("bound", ["bytes", "connections"])
    def test_whoever_holds_most_makes_room(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch, bound: str
    ) -> None:
        """So a stranger ends none but their own; here the user's download is the oldest."""
        if bound == "bytes":
            monkeypatch.setattr(protocol, "MAX_UNSENT", 6_000_000)  # three pages and the list
        else:
            monkeypatch.setattr(protocol, "connection_limit", lambda: 4)
        task = json.dumps({"title": "x", "description": "x" * 5000}).encode()
        create = CREATE.replace(b"Length: 14", b"Length: %d" % len(task)) + task
        for _ in range(2):
            assert ask(port, create * 9 + last(create)).count(b"HTTP/1.1 201 ") == 10
        with ExitStack() as stack:
            download = stack.enter_context(slow(port))
            download.sendall(LIST)
            wait_until(lambda: len(HttpProtocol.unsent) == 1)
            strangers = []
            for _ in range(5):
                strangers.append(stack.enter_context(slow(port)))
                strangers[-1].sendall(DOCS)
                wait_until(partial(among, HttpProtocol.unsent, strangers[-1]))
            wait_until(lambda: not any(stands(quick, each) for each in strangers[:2]))
            assert all(stands(quick, each) for each in [download, *strangers[2:]])

    def test_an_idle_connection_holds_no_body(self, quick: Server, port: int) -> None:
        head = b"POST /api/me HTTP/1.1\r\n" + HOST + b"Content-Length: 60000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as connection:
            connection.sendall(head + b" " * 60_000)
            assert b" 401 " in connection.recv(65_536)
            wait_until(lambda: len(HttpProtocol.waiting) == 1)
            [idle] = HttpProtocol.waiting
            assert not idle.cycle.body

    def test_whoever_takes_no_answer_makes_room(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 2)
        with slow(port) as first, slow(port) as second:
            for connection in (first, second):
                connection.sendall(DOCS * 3)
                wait_until(partial(among, HttpProtocol.unsent, connection))
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
            assert (stands(quick, first), stands(quick, second)) == (False, True)

    def test_where_as_many_wait_as_are_held_nobody_is_counted(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 2)
        monkeypatch.setattr(protocol, "holds_most", None)
        with slow(port) as held, socket.create_connection(("127.0.0.1", port)) as idle:
            held.sendall(DOCS * 3)
            wait_until(partial(among, HttpProtocol.unsent, held))
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
            assert (stands(quick, held), stands(quick, idle)) == (True, False)

    def test_whoever_is_being_answered_need_not_make_room(
        self, quick: Server, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 1)
        monkeypatch.setattr(limits, "WAIT_SECONDS", 20)
        with (
            no_writes(port, tmp_path) as end,
            socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as connection,
        ):
            answered = quick.server_state.total_requests
            connection.sendall(HEALTH + CREATE + TASK)
            wait_until(lambda: quick.server_state.total_requests == answered + 1)
            assert ask(port).startswith(b"HTTP/1.1 503 ")
            assert connection.recv(65_536).endswith(b'{"status":"ok"}')
            end()
            assert connection.recv(65_536).startswith(b"HTTP/1.1 201 ")

    @pytest.mark.parametrize(
        ("heads", "others"), [([CREATE], 0), ([CREATE], 1), ([CREATE, CREATE_OF_GRACE], 0)]
    )
    def test_whoever_is_most_of_those_being_answered_makes_room(
        self,
        quick: Server,
        port: int,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        heads: list[bytes],
        others: int,
    ) -> None:
        """One pass or two, in all the connections there may be, keep and put nobody else out."""
        monkeypatch.setattr(protocol, "connection_limit", lambda: 32)
        monkeypatch.setattr(limits, "WAIT_SECONDS", 20)
        with no_writes(port, tmp_path) as end, ExitStack() as stack:
            uploads = [stack.enter_context(slow(port)) for _ in range(others)]
            for connection in uploads:
                connection.sendall(CREATE_OF_GRACE)
            for head in (heads * 32)[: 32 - others]:
                connection = socket.create_connection(("127.0.0.1", port), timeout=AMPLE)
                stack.enter_context(connection).sendall(head + TASK)
            wait_until(lambda: len(quick.server_state.tasks) == 32)
            wait_until(
                lambda: (len(HttpProtocol.waiting), len(HttpProtocol.arriving)) == (0, others)
            )
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
            assert all(stands(quick, each) for each in uploads)
            end()

    @pytest.mark.parametrize("path", [b"/health", b"/ready", b"/docs", b"/openapi.json"])
    def test_a_public_path_waits_for_no_body(
        self, port: int, path: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 2)
        head = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        with ExitStack() as stack:
            for _ in range(2):
                connection = socket.create_connection(("127.0.0.1", port), timeout=AMPLE)
                stack.enter_context(connection).sendall(head)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
            wait_until(lambda: len(HttpProtocol.waiting) == 2 or bool(HttpProtocol.unsent))
            assert set(HttpProtocol.arriving) <= set(HttpProtocol.unsent)  # counted once
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
        body = b"11170\r\n" + b"x" * 0x11170 + b"\r\n0\r\n\r\n"  # more than a route would take
        assert ask(port, head, body + last(HEALTH)).count(b"HTTP/1.1 200 ") == 2

    @pytest.mark.parametrize("oldest", ["upload", "download"])
    def test_of_bodies_that_are_withheld_those_of_whoever_has_most_make_room(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch, oldest: str
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 4)
        grace = f"Authorization: Bearer {token('grace')}\r\n".encode()
        create = CREATE.replace(b"frank", b"grace").replace(AUTH, grace)
        with ExitStack() as stack:
            other = stack.enter_context(slow(port))
            other.sendall(create if oldest == "upload" else DOCS)
            wait_until(lambda: len(HttpProtocol.arriving) + len(HttpProtocol.unsent) == 1)
            withheld = [stack.enter_context(withholding(port)) for _ in range(5)]
            assert [stands(quick, each) for each in withheld] == [False, False, True, True, True]
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
            assert [stands(quick, each) for each in withheld[2:]] == [False, True, True]
            assert stands(quick, other)
            if oldest == "upload":
                other.sendall(TASK)
                assert other.recv(65_536).startswith(b"HTTP/1.1 201 ")
            withheld[-1].sendall(TASK)
            assert withheld[-1].recv(65_536).startswith(b"HTTP/1.1 201 ")
        wait_until(lambda: not HttpProtocol.arriving)

    def test_of_many_a_sixteenth_makes_room(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 48)
        with ExitStack() as stack:
            withheld = [stack.enter_context(withholding(port)) for _ in range(48)]
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
            assert [stands(quick, each) for each in withheld] == [False] * 3 + [True] * 45

    def test_nor_does_a_newcomer_whose_request_is_on_its_way_before_them(
        self, quick: Server, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 4)
        with ExitStack() as stack:
            connections = []
            for number in range(7):
                connection = socket.create_connection(("127.0.0.1", port), timeout=AMPLE)
                connections.append(stack.enter_context(connection))
                kept = HttpProtocol.waiting
                if number < 4:
                    connection.sendall(CREATE)
                    kept = HttpProtocol.arriving
                wait_until(partial(among, kept, connection))
            # Of four that withhold a body two have made room, until as many waited.
            assert [stands(quick, each) for each in connections] == [
                *(False, False, True, True),
                *(False, True, True),
            ]
            connection.sendall(HEALTH)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")

    def test_slow_requests_do_not_stop_a_server_that_ends(self, quick: Server, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as connection:
            connection.sendall(HEALTH[:20])
            wait_until(lambda: [each.reading for each in list(HttpProtocol.waiting)] == ["head"])
            quick.should_exit = True
            wait_until(lambda: [each.stopping for each in list(HttpProtocol.waiting)] == [True])
            connection.sendall(HEALTH[20:])
            answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer

    def test_the_one_that_waits_longest_makes_room(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 3)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as first,
            socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as second,
            socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as third,
        ):
            for connection in (second, first):  # so that `third` has waited longest
                connection.sendall(HEALTH)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
            assert ask(port, last(HEALTH)).startswith(b"HTTP/1.1 200 ")
            assert servers.receive(third) == b""
            for connection in (second, first):
                connection.sendall(HEALTH)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")

    def test_where_every_connection_serves_a_newcomer_is_told_so(
        self, quick: Server, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(protocol, "connection_limit", lambda: 2)
        monkeypatch.setattr(limits, "WAIT_SECONDS", 20)
        with (
            no_writes(port, tmp_path) as end,
            socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as first,
            socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as second,
        ):
            for connection in (first, second):
                connection.sendall(CREATE + TASK)
            wait_until(lambda: len(quick.server_state.tasks) == 2)
            answer = ask(port)
            end()
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 5" in answer
            assert b'"error_type":"service_unavailable_error"' in answer
            for connection in (first, second):
                assert connection.recv(65_536).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%lo", "fe80::2%lo", True),
        ("", "", True),
    ],
)
def test_the_addresses_of_one_holder(address: str, other: str, same: bool) -> None:
    assert (protocol.network(address) == protocol.network(other)) is same


@contextmanager
def no_writes(port: int, folder: Path) -> Iterator[Callable[[], None]]:
    """Whoever writes waits, until what it gives is called."""
    with socket.create_connection(("127.0.0.1", port), timeout=AMPLE) as client:
        client.sendall(CREATE + TASK)  # so the server has the file open
        assert client.recv(65_536).startswith(b"HTTP/1.1 201 ")
    with closing(sqlite3.connect(folder / "tasks.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection.rollback


def slow(port: int, size: int = 4096) -> socket.socket:
    """A client that takes hardly more than it reads."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    connection.settimeout(AMPLE)
    connection.connect(("127.0.0.1", port))
    return connection


def page_size(port: int) -> int:
    size = servers.content_length(ask(port, last(DOCS).replace(b"GET", b"HEAD")))
    assert size
    return size


def take(connection: socket.socket, size: int) -> None:
    """Take so many bytes, slowly."""
    taken = 0
    while taken < size:
        piece = connection.recv(32_768)
        assert piece, f"{taken} of {size} bytes"
        taken += len(piece)
        time.sleep(0.06)


def stands(server: Server, connection: socket.socket) -> bool:
    """Whether the server has not cut it."""
    return among(server.server_state.connections, connection)


def withholding(port: int) -> socket.socket:
    """A connection whose request is awaited for its body."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=AMPLE)
    connection.sendall(CREATE)
    wait_until(partial(among, HttpProtocol.arriving, connection))
    return connection


def among(kept: Iterable[object], connection: socket.socket) -> bool:
    """Whether the server's end of it is one of those."""
    address = connection.getsockname()
    return any(isinstance(each, HttpProtocol) and each.client == address for each in list(kept))


def wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def assert_shaped(answer: tuple[int, dict[str, str], bytes], status: int, kind: str) -> None:
    code, headers, content = answer
    body = json.loads(content)
    assert (code, body["status_code"], body["error_type"]) == (status, status, kind)
    assert body["request_id"] == headers["x-request-id"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
