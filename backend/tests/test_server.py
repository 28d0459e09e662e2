"""The real process, spoken to in bytes that no HTTP library would send."""

import json
import os
import signal
import socket
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.callers import token
from tests.conftest import migrated
from tests.servers import PATIENCE, Server

AUTH = f"Authorization: Bearer {token('frank')}"


def request(server: Server, line: str, *headers: str, body: bytes = b"") -> tuple[int, bytes]:
    head = "\r\n".join([line, "Host: localhost", *headers, "", ""])
    status, _, answer = server.send(head.encode("latin-1") + body)
    return status, answer


class TestRequestLines:
    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/api/me", 200),
            ("/api/me?", 200),
            ("/api/me?x=%zz&%00", 200),
            ("/API/me", 404),
            ("/api//me", 404),
            ("/api/me/", 404),
            ("/api/me;x", 404),
            ("/api/me%2F", 404),
            ("/api%2Fme", 200),
            ("/%61pi/me", 200),
            ("/api/./me", 404),
            ("/api/../api/me", 404),
            ("/health/../api/me", 404),
            ("/api/me%0a", 404),
            ("/api/me%00", 404),
            ("/api/users/frank/tasks/../../victim/tasks", 404),
            ("/api/users/frank/../victim/tasks", 404),
            ("/api/users/frank%2F..%2Fvictim/tasks", 404),
            ("/api/users/victim%2Ftasks", 403),
            ("/api/users//tasks", 404),
            ("/api/users/%66rank/tasks", 200),
            ("/api/users/fr%61nk%00/tasks", 403),
            ("/api/users/%C3%28/tasks", 403),
            ("/api/users/%F0%9F%A6%8A/tasks", 403),
            ("/" + "a" * 16_000, 404),
            ("/api/users/frank/tasks?" + "q=x&" * 2000, 422),
            ("/api/users/frank/tasks?q=" + "x" * 200, 200),
            ("/api/users/frank/tasks?q=" + "x" * 15_000, 422),
            ("/api/users/frank/tasks?q=%zz", 200),
            ("/api/users/frank/tasks?q=%e9", 422),
        ],
    )
    def test_a_path_is_what_it_says(self, server: Server, target: str, status: int) -> None:
        assert request(server, f"GET {target} HTTP/1.1", AUTH)[0] == status

    @pytest.mark.parametrize(
        "target",
        [
            "//health",
            "/health/",
            "/health%20",
            "/health;",
            "/%2e/health",
            "/ready/..",
            "/docs/",
            "/openapi.json%00",
            "*",
        ],
    )
    def test_nothing_but_the_exact_path_is_public(self, server: Server, target: str) -> None:
        assert request(server, f"GET {target} HTTP/1.1")[0] in (400, 401)

    @pytest.mark.parametrize(
        "line",
        [
            "rubbish",
            "BREW /api/me HTTP/1.1",
            "GET /\xe9 HTTP/1.1",
            "GET /api/me HTTP/9.9",
            "GET http://[bad/api/me HTTP/1.1",
        ],
    )
    def test_what_is_no_http_is_told_so_in_the_one_error_shape(
        self, server: Server, line: str
    ) -> None:
        status, headers, body = server.send(f"{line}\r\nHost: x\r\n\r\n".encode("latin-1"))
        assert status == 400
        assert json.loads(body) == {
            "detail": "The request could not be understood.",
            "status_code": 400,
            "error_type": "bad_request_error",
            "request_id": headers["x-request-id"],
        }
        assert headers["content-type"] == "application/json"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "HEAD", "PURGE", "BREW"])
    def test_no_method_is_a_way_in(self, server: Server, method: str) -> None:
        assert request(server, f"{method} /api/me HTTP/1.1")[0] in (400, 401)

    def test_an_upgrade_is_answered_by_the_gate(self, server: Server) -> None:
        upgrade = (
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        )
        assert request(server, "GET /api/me HTTP/1.1", *upgrade)[0] == 401
        assert request(server, "GET /api/me HTTP/1.1", *upgrade, AUTH)[0] == 200

    def test_no_server_banner(self, server: Server) -> None:
        _, headers, _ = server.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert "server" not in headers


class TestBodies:
    POST = "POST /api/users/frank/tasks HTTP/1.1"
    JSON = "Content-Type: application/json"

    @pytest.mark.parametrize(
        "headers",
        [
            ["Content-Length: 99999999999999999999"],
            ["Content-Length: -1"],
            ["Content-Length: x"],
            ["Content-Length: 5", "Content-Length: 6"],
            ["Transfer-Encoding: gzip"],
            ["Transfer-Encoding: chunked", "Content-Length: 3"],
        ],
    )
    def test_a_length_that_lies_is_no_fault(self, server: Server, headers: list[str]) -> None:
        status, _ = request(server, self.POST, AUTH, self.JSON, *headers, body=b"{}\r\n\r\n")
        assert 400 <= status < 500

    def test_a_huge_length_is_refused_before_the_body_comes(self, server: Server) -> None:
        assert request(server, self.POST, AUTH, self.JSON, "Content-Length: 65537")[0] == 413

    def test_a_stranger_sends_no_body_at_all(self, server: Server) -> None:
        assert request(server, self.POST, self.JSON, "Content-Length: 65537")[0] == 401
        other = self.POST.replace("frank", "victim")
        assert request(server, other, AUTH, self.JSON, "Content-Length: 99999999")[0] == 403

    def test_endless_chunks_are_cut_off(self, server: Server) -> None:
        head = "\r\n".join([self.POST, "Host: x", AUTH, self.JSON, "Transfer-Encoding: chunked"])
        chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
        status, _, _ = server.send(head.encode() + b"\r\n\r\n", chunk * 17)
        assert status == 413

    def test_chunks_that_trickle_in_are_put_together(self, server: Server) -> None:
        head = "\r\n".join([self.POST, "Host: x", AUTH, self.JSON, "Transfer-Encoding: chunked"])
        pieces = [b'{"tit', b'le": "\xf0\x9f', b'\xa6\x8a"}']
        chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
        status, _, body = server.send(
            head.encode() + b"\r\n\r\n", *chunks, b"0\r\n\r\n", pause=0.02
        )
        assert (status, json.loads(body)["title"]) == (201, "🦊")

    def test_a_client_that_hangs_up_leaves_no_trace(self, server: Server) -> None:
        head = "\r\n".join([self.POST, "Host: x", AUTH, self.JSON, "Content-Length: 100"])
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head.encode() + b"\r\nX-Request-ID: hung-up\r\n\r\n{")
        give_up = time.monotonic() + 20
        while not any(
            line.get("request_id") == "hung-up" and line["event"] == "request"
            for line in map(json.loads, server.log().splitlines())
        ):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert "unhandled_exception" not in server.log()


class TestHeaders:
    def test_many_and_long_ones_are_no_fault(self, server: Server) -> None:
        many = [f"X-{number}: {'x' * 200}" for number in range(200)]
        assert request(server, "GET /api/me HTTP/1.1", AUTH, *many)[0] in (200, 400, 431)
        assert request(server, "GET /api/me HTTP/1.1", f"{AUTH}{'A' * 100_000}")[0] in (
            400,
            401,
            431,
        )

    @pytest.mark.parametrize("value", ["\x00", "\xff", "\x1b[31m", "a\x0bb"])
    def test_strange_bytes_are_no_fault(self, server: Server, value: str) -> None:
        status, _ = request(server, "GET /api/me HTTP/1.1", AUTH, f"X-Request-ID: {value}")
        assert status in (200, 400)


class TestProcess:
    def test_the_log_is_json_and_holds_no_secret(self, server: Server) -> None:
        marker = f"marker-{uuid4()}"
        headers = (AUTH, f"X-Request-ID: {marker}", f"Cookie: {marker}-cookie")
        request(server, f"GET /api/users/frank/tasks?q={marker}-q HTTP/1.1", *headers)
        request(server, "GET /api/me HTTP/1.1", "Authorization: Bearer " + "e30." * 3)
        request(server, "GET /api/me HTTP/1.1")
        lines = [json.loads(line) for line in server.log().splitlines()]
        [line] = [line for line in lines if line.get("request_id") == marker]
        assert line["event"] == "request"
        assert (line["method"], line["status"], line["user"]) == ("GET", 200, "frank")
        assert line["path"] == "/api/users/frank/tasks"
        assert line["duration_ms"] > 0
        refusals = [line["reason"] for line in lines if line["event"] == "token_refused"]
        assert "missing_token" in refusals
        assert len(set(refusals)) > 1
        for secret in (AUTH.split()[-1], f"{marker}-cookie", f"{marker}-q", "e30."):
            assert secret not in server.log()

    @pytest.mark.parametrize(
        ("origins", "hsts"),
        [
            ("https://a.example", "max-age=63072000; includeSubDomains"),
            ("https://a.example,http://localhost:3000", None),
        ],
    )
    def test_every_answer_is_no_page_and_with_https_stays_there(
        self, tmp_path: Path, origins: str, hsts: str | None
    ) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file), CORS_ORIGINS=origins) as server:
            preflight = "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT"
            for head, status in (
                ("GET /health HTTP/1.1\r\nHost: x", 200),
                ("GET /api/me HTTP/1.1\r\nHost: x", 401),
                (f"GET /api/nope HTTP/1.1\r\nHost: x\r\n{AUTH}", 404),
                (f"OPTIONS /api/me HTTP/1.1\r\nHost: x\r\n{preflight}", 200),
                (f"GET /{'a' * 20_000} HTTP/1.1\r\nHost: x", 414),
                ("GARBAGE", 400),
            ):
                answered, headers, _ = server.send(f"{head}\r\n\r\n".encode())
                policy = headers["content-security-policy"]
                assert (answered, policy) == (status, "default-src 'none'; frame-ancestors 'none'")
                assert headers.get("strict-transport-security") == hsts

    @pytest.mark.parametrize(("level", "lines"), [("info", 0), ("debug", 4)])
    def test_a_probe_is_no_news(self, tmp_path: Path, level: str, lines: int) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file), LOG_LEVEL=level) as server:
            before = server.log().count('"event": "request"')
            for target in ("/health", "/ready", "/health?x", "/ready"):
                assert request(server, f"GET {target} HTTP/1.1")[0] == 200
            request(server, "GET /api/me HTTP/1.1")
            said = server.log().count('"event": "request"') - before
        assert said == lines + 1

    def test_no_answer_is_without_its_line_whatever_happens_next(self, tmp_path: Path) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file)) as server:
            for number in range(20):
                request(server, "GET /api/me HTTP/1.1", AUTH, f"X-Request-ID: kept-{number}")
            server.process.kill()
            server.process.wait()
            lines = [json.loads(line) for line in server.log().splitlines()]
        kept = [line["request_id"] for line in lines if line["event"] == "request"]
        assert [name for name in kept if name.startswith("kept")] == [
            f"kept-{number}" for number in range(20)
        ]

    def test_without_a_reader_of_the_log_all_is_answered_as_ever(self, tmp_path: Path) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file)) as server:
            assert server.stop() == 0
            server.output.close()
            reader, writer = os.pipe()
            with os.fdopen(writer, "wb") as server.output:
                server.start()
            os.close(reader)
            give_up = time.monotonic() + PATIENCE
            while not server.answers():
                assert time.monotonic() < give_up
                time.sleep(0.05)
            body = b'{"title": "x"}'
            fields = (AUTH, "Content-Type: application/json", f"Content-Length: {len(body)}")
            line = "POST /api/users/frank/tasks HTTP/1.1"
            assert request(server, line, *fields, body=body)[0] == 201
            status, answer = request(server, "GET /api/me HTTP/1.1")
            assert (status, json.loads(answer)["error_type"]) == (401, "authentication_error")
            assert server.stop() == 0

    def test_lines_for_people_on_demand(self, tmp_path: Path) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file), LOG_FORMAT="console") as server:
            request(server, "GET /api/me HTTP/1.1", AUTH, "X-Request-ID: mine")
            request(server, "GET /api/me HTTP/1.1", "X-Request-ID: refused")
            server.stop()
            [line] = [line for line in server.log().splitlines() if "mine" in line]
            refused = [line for line in server.log().splitlines() if "refused" in line]
        assert "request" in line
        assert "status" in line
        with pytest.raises(ValueError, match="Expecting value"):
            json.loads(line)
        assert any("missing_token" in line for line in refused)

    def test_a_debug_log_shows_requests_without_their_secrets(self, tmp_path: Path) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file), LOG_LEVEL="debug") as server:
            line = "GET /api/users/frank/tasks?limit=5&q=private&access_token=abc HTTP/1.1"
            request(server, line, AUTH, "Cookie: session=abc", "User-Agent: curl")
            lines = [json.loads(line) for line in server.log().splitlines()]
        [seen] = [line for line in lines if line["event"] == "exchange" and line["query"]]
        redacted = "[redacted]"
        assert seen["query"] == {"limit": "5", "q": redacted, "access_token": redacted}
        assert seen["request_headers"] == {
            "host": "localhost",
            "authorization": redacted,
            "cookie": redacted,
            "user-agent": "curl",
        }
        assert seen["answer_headers"]["cache-control"] == "no-store"

    def test_every_line_of_a_request_carries_its_id(self, tmp_path: Path) -> None:
        """The cause of a 503 too, whether a thread met it or the event loop."""
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file), LOG_LEVEL="debug") as server:
            file.rename(tmp_path / "away")
            started = len(server.log().splitlines())
            for request_id, line, header in (
                ("read", "GET /api/users/frank/tasks HTTP/1.1", AUTH),
                ("search", "GET /api/users/frank/tasks?q=x HTTP/1.1", AUTH),
                ("write", "DELETE /api/users/frank/tasks HTTP/1.1", AUTH),
                ("refused", "GET /api/me HTTP/1.1", "Authorization: Bearer x"),
            ):
                request(server, line, header, f"X-Request-ID: {request_id}")
            server.process.terminate()
            server.process.wait(10)
            lines = [json.loads(line) for line in server.log().splitlines()[started:]]
        events: dict[str, set[str]] = {}
        for line in lines:
            # uvicorn tells of the stop, and the first line may be of the request before.
            if line.get("logger") != "uvicorn.error" and line.get("path") != "/health":
                events.setdefault(line.get("request_id"), set()).add(line["event"])
        away = {"database_away", "exchange", "request"}
        assert events == {
            **dict.fromkeys(("read", "search", "write"), away),
            "refused": {"token_refused", "exchange", "request"},
        }

    def test_ends_cleanly_and_finishes_what_it_began(self, tmp_path: Path) -> None:
        file = tmp_path / "tasks.sqlite"
        migrated(str(file))
        with Server(DATABASE_URL=str(file)) as server:
            body = b'{"title": "x"}'
            head = "\r\n".join(
                [
                    *(TestBodies.POST, "Host: x", AUTH, TestBodies.JSON),
                    f"Content-Length: {len(body)}",
                    "Expect: 100-continue",
                ]
            )
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                connection.sendall(head.encode() + b"\r\n\r\n")
                assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
                connection.sendall(body[:5])
                server.process.send_signal(signal.SIGTERM)
                time.sleep(0.8)
                connection.sendall(body[5:])
                assert connection.recv(65_536).startswith(b"HTTP/1.1 201 ")
            assert server.process.wait(20) in (0, -signal.SIGTERM)
            assert "Traceback" not in server.log()
