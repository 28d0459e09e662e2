"""From the request's id to the statement, in the form that collectors take."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from taskapi.settings import Settings, tracing
from tests.callers import token
from tests.servers import Server

AUTH = f"Authorization: Bearer {token('frank')}\r\n"
PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector(ThreadingHTTPServer):
    """Keeps the spans that it is sent, each as a dictionary."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spans: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = ExportTraceServiceRequest()
        sent.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Collector)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += [
                    {
                        "name": span.name,
                        "trace": span.trace_id.hex(),
                        "id": span.span_id,
                        "parent": span.parent_span_id,
                        **{item.key: item.value.string_value for item in span.attributes},
                    }
                    for span in scope.spans
                ]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None: ...


@contextmanager
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_a_request_and_its_statements(settings: Settings) -> None:
    url = settings.database_url.get_secret_value()
    with collector() as collected:
        endpoint = f"http://127.0.0.1:{collected.server_port}"
        with Server(DATABASE_URL=url, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as server:
            for query in ("limit=5", "q=private"):
                head = (
                    f"GET /api/users/frank/tasks?{query} HTTP/1.1\r\nHost: x\r\n{AUTH}"
                    f"X-Request-ID: traced\r\ntraceparent: 00-{PARENT}-00f067aa0ba902b7-01\r\n\r\n"
                )
                assert server.send(head.encode())[0] == 200
            assert server.stop() == 0  # what is left is sent first
    requests = [span for span in collected.spans if span.get("request.id") == "traced"]
    assert len(requests) == 2
    for request in requests:
        assert request["name"] == "GET /api/users/{user_id}/tasks"
        assert request["http.route"] == "/api/users/{user_id}/tasks"
        assert request["trace"] == PARENT
        assert "url.query" not in request  # to tell it, it would be parsed before the gate
        [statement] = [span for span in collected.spans if span["parent"] == request["id"]]
        assert statement["name"] == "SELECT"
        assert "FROM tasks" in statement["db.query.text"]
    assert "private" not in str(collected.spans)
    assert "frank" not in str([span for span in collected.spans if "db.query.text" in span])


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_decide(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wanted: bool
) -> None:
    for name in ("OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert tracing() is wanted
