"""The SQLite file: how it is opened, and what runs statements on it."""

import os
import sqlite3
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy.dialects import sqlite

from taskapi.database import limits
from taskapi.database.statement import Parameters, Row, Statement, compiler

T = TypeVar("T")

compiled = compiler(sqlite.dialect())


class SqliteConnection:
    """Runs statements on a connection of Python's own driver, at once."""

    dialect = "sqlite"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        run = compiled(statement, tuple(parameters))
        return run.shown(self.raw.execute(run.sql, run.arguments(parameters)).fetchall())


def connect(path: str, wait_seconds: float, pragma: str) -> sqlite3.Connection:
    """A connection in autocommit mode; never creates the file."""
    raw = sqlite3.connect(
        f"file:{quote(path)}?mode=rw",
        uri=True,
        timeout=wait_seconds,
        isolation_level=None,
        check_same_thread=False,  # closed and interrupted from other threads
    )
    try:
        raw.execute(pragma)
    except sqlite3.Error:
        raw.close()
        raise
    return raw


def connect_for_reading(path: str) -> sqlite3.Connection:
    """A connection that cannot write."""
    return connect(path, limits.READ_WAIT_SECONDS, "PRAGMA query_only = ON")


class SqliteFile:
    """The file and the two connections that stay open: the event loop's and the writer's.

    Both are closed when the file was moved away or replaced, as when a backup is restored: they
    would go on with the old file, and acknowledge writes into nowhere. Both at once, and before
    the new file is opened, because the last connection to a file deletes the log beside it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: tuple[int, int] | None = None
        self.reader: SqliteConnection | None = None
        self.writer: SqliteConnection | None = None
        self.writing = threading.Lock()

    def follow(self) -> None:
        """Look which file is there now. Raises OSError if none is."""
        now = os.stat(self.path)  # noqa: PTH116 - the hot path, and a plain string is at hand
        if self.found != (now.st_dev, now.st_ino):
            self.close()
            self.found = (now.st_dev, now.st_ino)

    def distrust(self) -> None:
        """Have both connections opened anew before the next use.

        SQLite opens a file that may not be written for reading only, and what was opened so never
        finds out that the file may be written again.
        """
        self.found = None

    def for_reading(self) -> SqliteConnection:
        """The event loop's own connection."""
        self.follow()
        if self.reader is None:
            self.reader = SqliteConnection(connect_for_reading(self.path))
        return self.reader

    def for_writing(self) -> SqliteConnection:
        """The writer's connection; for whoever holds `writing`."""
        if self.writer is None:
            raw = connect(self.path, limits.WAIT_SECONDS, "PRAGMA journal_mode = WAL")
            # What a Debian build overwrites with zeros takes four times as long to delete.
            raw.execute("PRAGMA secure_delete = FAST")
            self.writer = SqliteConnection(raw)
        return self.writer

    def log_size(self) -> int:
        """Bytes of the log beside the file, or beside what a symbolic link names."""
        with suppress(OSError):
            return Path(f"{os.path.realpath(self.path)}-wal").stat().st_size
        return 0

    def shorten_log(self) -> None:
        """Begin the log anew if nobody reads what only it holds; on a connection of its own.

        Raises TimeoutError if there is always somebody who writes.
        """
        if not self.writing.acquire(timeout=limits.SQLITE_LOG_SECONDS):
            raise TimeoutError
        try:
            connect(self.path, limits.READ_WAIT_SECONDS, "PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            self.writing.release()

    def close(self) -> None:
        """Close both, once a write under way has ended."""
        with self.writing:
            for connection in (self.reader, self.writer):
                if connection is not None:
                    connection.raw.close()
            self.reader = self.writer = None


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of work on a SQLite connection, which waits for nothing else."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("work on a connection must wait for nothing but that connection")
