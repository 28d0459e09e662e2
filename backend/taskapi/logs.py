"""Structured logs: one JSON object per line, or readable lines on a terminal.

uvicorn's own loggers go through the same renderer. What is logged never holds a token: a request's
line knows no headers and no query strings, a refusal logs the verifier's reason code.
"""

import io
import json
import logging
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from taskapi.settings import LogFormat

request_id: ContextVar[str] = ContextVar("request_id")  # whatever a request logs carries it

quoted = json.encoder.encode_basestring_ascii


def unfailing(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, Unfailing) else cast(TextIO, Unfailing(stream))


class Unfailing:
    """A log of which no request learns that nobody takes it: a full disk, a lost collector."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        if name == "stream":  # not made yet: a copy
            raise AttributeError(name)
        return getattr(self.stream, name)


def configure_logging(level: str, log_format: LogFormat) -> None:
    """Send every log line of this process to stderr, from `level` ("info" or "debug") up."""
    out = sys.stderr = unfailing(sys.stderr)
    shared: list[Processor] = [
        add_request_id,
        structlog.stdlib.add_log_level,
        add_timestamp,
        structlog.processors.StackInfoRenderer(),
    ]
    if log_format == "console":
        render = console()
    else:
        # A plain traceback: local variables would hold headers, and so tokens.
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("gatepass").setLevel(logging.ERROR)  # a refusal has its own line here


def console() -> list[Processor]:
    """Render for people; what a stranger wrote is text there, too, and no command."""
    return [escape_fields, structlog.dev.ConsoleRenderer(exception_formatter=escaped_traceback)]


def escape_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape each text; of other values the renderer shows the `repr`, which is escaped."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = escaped_lines(value) if name == "stack" else escaped(value)
    return event


def escaped_traceback(stream: TextIO, error: ExcInfo) -> None:
    text = io.StringIO()
    structlog.dev.plain_traceback(text, error)
    stream.write(escaped_lines(text.getvalue()))


def escaped_lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))


def escaped(text: str) -> str:
    """A text without what a terminal obeys, turns round or takes for the end of a line."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    current = request_id.get("")
    if current:
        event.setdefault("request_id", current)
    return event


def add_timestamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["timestamp"] = timestamp()
    return event


class Second:
    """The text of the current second, made once for all lines within it."""

    began = -1
    text = ""


def timestamp() -> str:
    """Now, UTC, as RFC 3339."""
    now = time.time()
    second = int(now)
    if second != Second.began:
        Second.began = second
        Second.text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{Second.text}.{int((now - second) * 1e6):06d}Z"


def json_line(event: str, members: str) -> str:
    """A line like JSONRenderer's, at a tenth of its cost; `members` are rendered already."""
    return (
        f'{{{members}, "request_id": {quoted(request_id.get(""))}, "event": "{event}", '
        f'"level": "info", "timestamp": "{timestamp()}"}}\n'
    )
