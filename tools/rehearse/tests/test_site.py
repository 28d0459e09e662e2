"""The proxy that the repository ships, in front of copies that die under it."""

import asyncio
import json
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tools import processes
from tools.ports import free_ports
from tools.rehearse.site import WEB_NAME, Named, Site

PEOPLE = 24
COPY = """
import sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that a proxy could keep the connection

    def do_GET(self):
        time.sleep({"/ready": 0, "/slow": 60}.get(self.path, 0.01))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

ThreadingHTTPServer.request_queue_size = 300
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Two programs by their addresses."""
    started = {
        f"127.0.0.1:{port}": processes.start([sys.executable, "-c", COPY, str(port)], tmp_path, {})
        for port in free_ports(2)
    }
    yield started
    for copy in started.values():
        processes.end(copy)


@contextmanager
def in_front_of(copies: Iterable[str], home: Path) -> Iterator[Site]:
    site = Site(cross_origin=False)
    try:
        site.start(home, list(copies), list(copies))
        yield site
    finally:
        site.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """With no copy behind it."""
    with in_front_of([f"127.0.0.1:{port}" for port in free_ports(2)], tmp_path) as site:
        yield site


@pytest.fixture
def served(tmp_path: Path, copies: dict[str, subprocess.Popen[str]]) -> Iterator[Site]:
    """With copies behind it that answer."""
    with in_front_of(copies, tmp_path) as site:
        wait_until_served(site)
        yield site


def wait_until_served(site: Site) -> None:
    """Until ten requests running are answered: the programs are up and the proxy has found them."""
    give_up = time.monotonic() + 60
    answered = 0
    while answered < 10:
        assert time.monotonic() < give_up
        connection = arrive(site.port, "127.0.9.200", site.trust)
        connection.sendall(REQUEST + b"\r\n")
        good = everything(connection).startswith(b"HTTP/1.1 200 ")
        answered = answered + 1 if good else 0
        time.sleep(0.1)


async def visit(site: Site, number: int, until: float) -> Counter[str]:
    """One GET after the other on one connection; how often which status or error came of it."""
    seen: Counter[str] = Counter()
    transport = Named(site.port, site.trust, f"127.0.9.{number + 1}")  # without a second try
    async with httpx.AsyncClient(transport=transport, base_url=site.web) as client:
        while time.monotonic() < until:
            try:
                seen[str((await client.get("/")).status_code)] += 1
            except httpx.HTTPError as error:
                seen[repr(error)] += 1
            await asyncio.sleep(0.01)
    return seen


async def visit_while_they_die(site: Site, copies: Iterable[subprocess.Popen[str]]) -> Counter[str]:
    until = time.monotonic() + 4
    people = [asyncio.create_task(visit(site, number, until)) for number in range(PEOPLE)]
    await asyncio.sleep(1.5)
    for copy in copies:
        processes.signal_group(copy, signal.SIGKILL)
    return sum(await asyncio.gather(*people), Counter[str]())


def test_every_get_is_answered_when_all_copies_die(
    served: Site, copies: dict[str, subprocess.Popen[str]]
) -> None:
    seen = asyncio.run(visit_while_they_die(served, copies.values()))
    assert seen["200"] > PEOPLE
    assert seen["503"] > PEOPLE
    assert set(seen) <= {"200", "502", "503"}


def arrive(port: int, address: str, trust: ssl.SSLContext | None, *alpn: str) -> socket.socket:
    """A connection from an address, over TLS if there is something to trust."""
    plain = socket.create_connection(("127.0.0.1", port), 10, (address, 0))
    if trust is None:
        return plain
    trust.set_alpn_protocols([*alpn, "http/1.1"])
    return trust.wrap_socket(plain, server_hostname=WEB_NAME)


def everything(connection: socket.socket) -> bytes:
    with connection:
        return b"".join(iter(lambda: connection.recv(65_536), b""))


REQUEST = f"GET / HTTP/1.1\r\nHost: {WEB_NAME}\r\nConnection: close\r\n".encode()


@pytest.mark.parametrize("entry", ["public", "internal"])
@pytest.mark.parametrize(
    "ids", [["fine", 'a"b'], ['a"b', "fine"], ['fine,a"b'], ['a"b'], ["fine", "fine2"], []]
)
def test_what_the_proxy_says_itself_has_an_id_of_the_right_form(
    site: Site, entry: str, ids: list[str]
) -> None:
    port = site.port if entry == "public" else site.internal_port
    connection = arrive(port, "127.0.0.1", site.trust if entry == "public" else None)
    lines = "".join(f"X-Request-ID: {each}\r\n" for each in ids)
    connection.sendall(REQUEST + lines.encode() + b"\r\n")
    head, _, body = everything(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert len(json.loads(body)["request_id"]) == 36


def test_an_id_of_the_right_form_is_kept(site: Site) -> None:
    connection = arrive(site.port, "127.0.0.1", site.trust)
    connection.sendall(REQUEST + b"X-Request-ID: my-own.1\r\n\r\n")
    _, _, body = everything(connection).partition(b"\r\n\r\n")
    assert json.loads(body)["request_id"] == "my-own.1"


def test_one_address_cannot_take_all_of_plain_http(site: Site) -> None:
    with ExitStack() as stack:
        idle = []
        for _ in range(100):
            with suppress(ConnectionResetError):
                idle.append(stack.enter_context(arrive(site.plain_port, "127.0.9.1", None)))
        give_up = time.monotonic() + 8  # before the proxy ends those that say nothing
        open_ones = len(idle)
        while open_ones > 50 and time.monotonic() < give_up:
            time.sleep(0.5)
            open_ones = len(idle) - len(select.select(idle, [], [], 0)[0])
        assert open_ones == 50
        other = arrive(site.plain_port, "127.0.9.2", None)
        other.sendall(REQUEST + b"\r\n")
        assert everything(other).startswith(b"HTTP/1.1 308 ")


class Http2:
    """As much of HTTP/2 (RFC 9113) as asks for a path many times on one connection."""

    def __init__(self, site: Site, address: str) -> None:
        self.connection = arrive(site.port, address, site.trust, "h2")
        self.said = b""
        self.connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(4, 0, b""))

    def frame(self, kind: int, flags: int, payload: bytes, stream: int = 0) -> bytes:
        return (
            struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload
        )

    def ask(self, path: str, times: int) -> None:
        # HPACK (RFC 7541): GET, https, path and authority as literals with names of the table.
        block = b"\x82\x87" + b"".join(
            bytes([name, len(value)]) + value.encode()
            for name, value in ((0x04, path), (0x01, WEB_NAME))
        )
        for number in range(times):
            self.connection.sendall(self.frame(1, 5, block, 2 * number + 1))

    def settings(self) -> dict[int, int]:
        size, kind = struct.unpack(">IB", b"\0" + self.connection.recv(4))
        assert kind == 4
        payload = self.connection.recv(5 + size)[5:]
        return dict(struct.iter_unpack(">HI", payload))

    def statuses(self) -> Counter[bytes]:
        """Of all refusals that have come so far."""
        self.connection.settimeout(0.02)
        with suppress(TimeoutError):
            while piece := self.connection.recv(65_536):
                self.said += piece
        return Counter(re.findall(rb'"status_code":(\d+)', self.said))


def test_one_connection_of_http2_carries_few_requests_at_once(site: Site) -> None:
    client = Http2(site, "127.0.9.1")
    with client.connection:
        assert client.settings()[3] == 20  # SETTINGS_MAX_CONCURRENT_STREAMS


def test_one_address_has_so_many_requests_at_once_and_others_theirs(served: Site) -> None:
    with ExitStack() as stack:
        clients = [Http2(served, "127.0.9.1") for _ in range(14)]
        for client in clients:
            stack.enter_context(client.connection)
            client.ask("/slow", 20)

        def refused() -> Counter[bytes]:
            return sum((client.statuses() for client in clients), Counter())

        too_many = 14 * 20 - 250
        give_up = time.monotonic() + 20  # before the proxy gives up on the slow ones
        while refused().total() < too_many and time.monotonic() < give_up:
            pass  # reading has waited a little
        other = arrive(served.port, "127.0.9.2", served.trust)
        other.sendall(REQUEST + b"\r\n")
        assert everything(other).startswith(b"HTTP/1.1 200 ")
        assert refused() == {b"429": too_many}
