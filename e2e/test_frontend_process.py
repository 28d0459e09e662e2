"""The frontend as a process: its metrics, its log, and how it stops."""

import contextlib
import json
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from e2e.conftest import StackFactory
from e2e.people import PATIENCE, own_address, sign_up
from tools import node
from tools.ports import free_port
from tools.stack import Stack

DRAIN = 10  # seconds; what is asked for meanwhile has to be answered within them


@pytest.fixture(scope="module")
def stack(start_stack: StackFactory) -> Iterator[Stack]:
    """A copy whose frontend has a port for metrics and a time to drain."""
    stack = start_stack(LOG_LEVEL="info")
    stack.stop("frontend")
    port = free_port()
    extra = {"METRICS_PORT": str(port), "DRAIN_SECONDS": str(DRAIN)}
    stack.spawn("frontend", [str(node.NODE), "server.ts"], extra)
    stack.wait()
    stack.extra["METRICS"] = f"http://127.0.0.1:{port}/metrics"
    yield stack
    stack.stop()


def test_pages_asked_for_with_a_body_to_come_hold_up_nobody_else(stack: Stack) -> None:
    """None of them waits for its body, so all could be begun at once."""
    many = 50  # more are refused
    where = urlsplit(stack.web_url)
    assert stack.log
    begun = stack.log.stat().st_size
    request = f"GET /login HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 1\r\n\r\n"
    with contextlib.ExitStack() as opened:
        late = [
            opened.enter_context(socket.create_connection((where.hostname, where.port)))
            for _ in range(many)
        ]
        visitor = opened.enter_context(httpx.Client(transport=own_address(), timeout=PATIENCE))
        for each in late:
            each.sendall(request.encode())
        answer = visitor.get(f"{stack.web_url}/login")
        assert answer.status_code == 200
        # By the log, in the order in which they ended: what has arrived here by now says nothing
        # where this process had to wait for its turn.
        mine, ended = answer.headers["x-request-id"], list[str]()
        deadline = time.monotonic() + PATIENCE
        while mine not in ended:
            assert time.monotonic() < deadline
            ended = [
                line["requestId"] for line in log_of(stack, begun) if line["event"] == "request"
            ]
        assert ended.index(mine) < many / 2


def log_of(stack: Stack, begun: int = 0) -> list[dict[str, Any]]:
    assert stack.log
    whole, _, _ = stack.log.read_bytes()[begun:].rpartition(b"\n")  # the last may be half-written
    return [json.loads(line) for line in whole.splitlines() if line[:1] == b"{"]


def test_metrics_and_log_tell_of_a_sign_up_and_a_wrong_password(stack: Stack) -> None:
    person = sign_up(stack)
    body = {"email": person.email, "password": "not the password 1"}
    assert person.auth.post("/sign-in/email", json=body).status_code == 401
    assert person.auth.get("/gatepass/token").status_code == 200
    text = httpx.get(stack.extra["METRICS"], timeout=PATIENCE).text
    for line in (
        'gatepass_frontend_auth_events_total{event="sign_up",outcome="success"} 1',
        'gatepass_frontend_auth_events_total{event="sign_in",outcome="failure"} 1',
        'gatepass_frontend_auth_events_total{event="renewal",outcome="success"} 1',
    ):
        assert line in text
    assert 'route="/api/auth/",status="401"' in text
    assert httpx.get(f"{stack.web_url}/metrics", timeout=PATIENCE).status_code == 404

    lines = log_of(stack)
    [signed_up] = [line for line in lines if line.get("event") == "sign_up"]
    assert signed_up["outcome"] == "success"
    assert signed_up["user"] == person.id
    [refused] = [line for line in lines if line.get("event") == "sign_in"]
    assert (refused["outcome"], refused["code"]) == ("failure", "INVALID_EMAIL_OR_PASSWORD")
    assert refused["account"] == signed_up["account"]
    assert refused["client"].startswith("127.")
    same = [line for line in lines if line.get("requestId") == refused["requestId"]]
    [request] = [line for line in same if line.get("event") == "request"]
    assert request["status"] == 401
    assert stack.log
    assert person.email not in stack.log.read_text()


def refuses_connections(url: str) -> bool:
    try:
        httpx.get(f"{url}/health", timeout=PATIENCE)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:  # taken at the last moment
        return False
    return False


def test_it_drains_finishes_what_is_under_way_and_ends_with_0(stack: Stack) -> None:
    process = stack.running["frontend"]
    account = {"name": "Ada", "email": "late@example.com", "password": "a long enough password"}
    body = json.dumps(account).encode()

    def sent_until_after_the_drain() -> Iterator[bytes]:
        yield body[:1]
        with httpx.Client(base_url=stack.web_url, timeout=PATIENCE) as client:
            assert client.get("/ready").status_code == 200
            process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            while client.get("/ready").status_code != 503:
                assert time.monotonic() - begun < DRAIN
            assert client.get("/health").status_code == 200
            assert client.get("/login").headers["connection"] == "close"
        time.sleep(max(0, DRAIN - (time.monotonic() - begun)))
        while not refuses_connections(stack.web_url):
            assert time.monotonic() - begun < DRAIN + PATIENCE
            time.sleep(0.1)
        yield body[1:]

    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    url = f"{stack.web_url}/api/auth/sign-up/email"
    late = httpx.post(url, content=sent_until_after_the_drain(), headers=headers, timeout=PATIENCE)
    assert late.status_code == 200
    assert process.wait(10) == 0
    del stack.running["frontend"]
