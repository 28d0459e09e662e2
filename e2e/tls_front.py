"""A reverse proxy as an operator would put before the frontend: it ends TLS and says so."""

import contextlib
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator

import trustme


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, upstream: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.upstream = upstream
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(self.tls)


class _Handler(socketserver.BaseRequestHandler):
    """One request and its answer for each connection, which keeps this short."""

    server: _Server

    def handle(self) -> None:
        with (
            contextlib.suppress(OSError),  # a browser that hangs up is none of our business
            self.server.tls.wrap_socket(self.request, server_side=True) as browser,
            socket.create_connection(("127.0.0.1", self.server.upstream)) as frontend,
        ):
            request = b""
            while (end := request.find(b"\r\n\r\n") + 4) < 4:
                if not (part := browser.recv(65536)):
                    return
                request += part
            head, body = request[:end], request[end:]
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            while length and len(body) < int(length[1]):
                if not (part := browser.recv(65536)):
                    return
                body += part
            frontend.sendall(self.forwarded(head) + body)
            while answer := frontend.recv(65536):
                browser.sendall(answer)

    def forwarded(self, head: bytes) -> bytes:
        """The head of the request with what a proxy adds to it."""
        own = f"X-Forwarded-For: {self.client_address[0]}\r\nX-Forwarded-Proto: https\r\n"
        head = re.sub(rb"(?i)\r\n(connection|x-forwarded-\w+):[^\r]*", b"", head)
        return head[:-2] + own.encode() + b"Connection: close\r\n\r\n"


@contextlib.contextmanager
def tls_front(port: int, upstream: int) -> Iterator[None]:
    """Answers at https://localhost:`port` for the frontend at `upstream`, a port too."""
    with _Server(port, upstream) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        try:
            yield
        finally:
            server.shutdown()
