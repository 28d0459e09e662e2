"""The lower bound of a login page: one HTML file by hand, with a form that a script takes over."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<style>label{display:block}</style><h1>Sign in</h1><form method="post" action="/">
<label>Email<input name="email" type="email"></label>
<label>Password<input name="password" type="password"></label>
<button type="submit">Sign in</button></form>
<script>document.forms[0].onsubmit = (event) => event.preventDefault();</script></html>"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def plain_page() -> Iterator[str]:
    """Serves the page at the address it yields."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
