"""The public side: HAProxy with the configuration that the repository ships, and the names."""

import os
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import trustme

from tools import debian, processes
from tools.ports import free_ports

CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy/haproxy/haproxy.cfg"
WEB_NAME, API_NAME = "gatepass.test", "api.gatepass.test"


class Named(httpx.AsyncHTTPTransport):
    """Reaches the site's names at this machine's proxy, from a loopback address of its own."""

    def __init__(self, port: int, trust: ssl.SSLContext, address: str) -> None:
        super().__init__(verify=trust, local_address=address)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        here = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._port),
            headers=request.headers,  # with the name as Host
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await super().handle_async_request(here)


class Browser(Named):
    """Asks once more where a connection ends without an answer, as browsers do on one that was
    kept, and as HAProxy expects of them (RFC 9110, section 9.2.2: never for a POST)."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if request.method == "POST":
                raise
            return await super().handle_async_request(request)


@dataclass
class Site:
    """Both halves under one name, or the API under a name of its own (`cross_origin`)."""

    cross_origin: bool

    def __post_init__(self) -> None:
        self.port, self.plain_port, self.internal_port, self._metrics = free_ports(4)
        self.web = f"https://{WEB_NAME}:{self.port}"
        self.api = f"https://{API_NAME}:{self.port}" if self.cross_origin else self.web
        self.internal = f"http://127.0.0.1:{self.internal_port}"
        self._authority = trustme.CA()
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(self.trust)
        self._process: subprocess.Popen[str] | None = None

    def transport(self, number: int) -> httpx.AsyncBaseTransport:
        """For one person: rate limits count addresses, so everybody has one."""
        return Browser(self.port, self.trust, f"127.0.9.{number + 1}")

    def start(self, home: Path, api: list[str], web: list[str]) -> None:
        """Starts the proxy before two copies of each half, given as `host:port`."""
        certificate = home / "site.pem"
        issued = self._authority.issue_cert(WEB_NAME, API_NAME)
        certificate.write_bytes(issued.private_key_and_cert_chain_pem.bytes())
        environment = {
            **os.environ,
            "UNPRIVILEGED": "1",
            "PUBLIC": f"127.0.0.1:{self.port}",
            "PLAIN": f"127.0.0.1:{self.plain_port}",
            "INTERNAL": f"127.0.0.1:{self.internal_port}",
            "PROXY_METRICS": f"127.0.0.1:{self._metrics}",
            "CERTIFICATE": str(certificate),
            "API_1": api[0],
            "API_2": api[1],
            "WEB_1": web[0],
            "WEB_2": web[1],
        }
        if self.cross_origin:
            environment |= {"API_NAME": API_NAME, "CORS_ORIGIN": self.web}
        program = debian.program("haproxy")
        command = [str(program), "-db", "-f", str(CONFIGURATION)]
        with (home / "haproxy.log").open("wb") as log:
            self._process = processes.start(command, home, environment, log.fileno())
        deadline = time.monotonic() + 10
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((home / "haproxy.log").read_text())
            time.sleep(0.05)

    def close(self) -> None:
        if self._process:
            processes.end(self._process)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
