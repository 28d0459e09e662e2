"""What a terminal is shown of a stranger's text."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
import structlog

from taskapi.logs import console, escaped
from tests.conftest import migrated
from tests.servers import Server

COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # the renderer's own
# Without a space, a quote or a line feed, for which the renderer would escape it by itself.
HOSTILE = "\x1b]0;x\x07\x1b[2J\x0b\x85\u2028\u202e\x9b31m\x7f"


def shown(**event: Any) -> str:
    """One line as it is rendered for people."""
    values: Any = {"event": "request", "level": "info", **event}
    for processor in console():
        values = processor(None, "info", values)
    return COLOURS.sub("", str(values))


@pytest.mark.parametrize("name", ["event", "path", "user", "logger", "level", "request_id"])
def test_no_field_reaches_the_terminal_as_it_came(name: str) -> None:
    line = shown(**{name: HOSTILE})
    assert line.isprintable()
    assert "\\x1b]0;x\\x07\\x1b[2J\\x0b\\x85\\u2028\\u202e\\x9b31m\\x7f" in line
    assert shown(**{name: "one\r\nforged"}).isprintable()


def test_nor_what_is_within_a_field() -> None:
    assert shown(query={"q": HOSTILE}, path=[HOSTILE], error=ValueError(HOSTILE)).isprintable()


def test_nor_does_an_error() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        first, *rest = shown(exc_info=error).split("\n")
    assert "request" in first
    assert "Traceback" in rest[0]
    assert all(line.isprintable() for line in rest)
    assert "\\x1b]0;x\\x07" in "".join(rest)


def test_nor_does_another_librarys_line() -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *console()]
    )
    record = logging.LogRecord("uvicorn", logging.INFO, "", 1, "asked for %s", (HOSTILE,), None)
    assert COLOURS.sub("", formatter.format(record)).isprintable()


@pytest.mark.parametrize("text", ["", "/a b", "Ångström", "日本", "🦊", "a\\x1b"])
def test_what_can_be_printed_stays(text: str) -> None:
    assert escaped(text) == text


def test_a_request(tmp_path: Path) -> None:
    file = tmp_path / "tasks.sqlite"
    migrated(str(file))
    with Server(DATABASE_URL=str(file), LOG_FORMAT="console", LOG_LEVEL="debug") as server:
        target = "/%1b%5d0;x%07%1b%5b2J%0b%c2%85%e2%80%a8"
        query = "?limit=%1b%5b2J&q=%07"
        agent = "User-Agent: a\x9b2Jb"
        head = f"GET {target}{query} HTTP/1.1\r\nHost: x\r\n{agent}\r\n\r\n"
        server.send(head.encode("latin-1"))
        server.stop()
        log = COLOURS.sub("", server.log())
    assert "\\x1b]0;x\\x07\\x1b[2J\\x0b\\x85\\u2028" in log
    assert all(line.isprintable() for line in log.split("\n"))
