"""The proxy that the repository ships, in front of copies that die under it."""

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from tools import processes
from tools.ports import free_ports
from tools.rehearse.site import Named, Site

PEOPLE = 24
COPY = """
import sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # so that a proxy could keep the connection

    def do_GET(self):
        time.sleep(0 if self.path == "/ready" else 0.01)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

ThreadingHTTPServer.request_queue_size = 100
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
    tmp_path: Path, copies: dict[str, subprocess.Popen[str]]
) -> None:
    site = Site(cross_origin=False)
    try:
        site.start(tmp_path, list(copies), list(copies))
        time.sleep(1.5)  # until the proxy has found both ready
        seen = asyncio.run(visit_while_they_die(site, copies.values()))
    finally:
        site.close()
    assert seen["200"] > PEOPLE
    assert seen["503"] > PEOPLE
    assert set(seen) <= {"200", "502", "503"}
