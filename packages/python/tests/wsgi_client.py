"""Asks a WSGI application directly, so that a test says every byte of the request."""

import io
from collections.abc import Sequence
from typing import Any

from asgi_client import Answer, Headers

from gatepass.wsgi import WSGIApp


def environ_of(path: str, headers: Headers = (), method: str = "GET") -> dict[str, Any]:
    """The environ as a server makes it: latin-1, several headers of a name joined by commas."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode(errors="surrogatepass").decode("latin-1"),
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def run(app: WSGIApp, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start_response(status: str, headers: Sequence[tuple[str, str]], *_: Any) -> Any:
        started[:] = [int(status[:3]), {name.lower(): value for name, value in headers}]

    body = b"".join(app(environ, start_response))
    return Answer(started[0], started[1], body)


def ask(app: WSGIApp, path: str, headers: Headers = (), method: str = "GET") -> Answer:
    return run(app, environ_of(path, headers, method))
