"""The one thread that writes to a SQLite file, in order of arrival.

All writes that wait share one transaction, and so one sync to the disk. Each is acknowledged
after that commit only. If one of them fails, nothing of them has happened, and each is run once
more by itself: one failing fails alone.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple

from taskapi.database import limits
from taskapi.database.connection import Connection
from taskapi.database.sqlite_file import SqliteConnection, SqliteFile, finished

Work = Callable[[Connection], Coroutine[Any, Any, Any]]

WAITS = object()  # the outcome of a write for which there is still time


class Write(NamedTuple):
    """Work that waits for its turn, until when (monotonic), and whom to tell."""

    work: Work
    deadline: float
    done: asyncio.Future[Any]


class BeginFailed(Exception):  # noqa: N818 - a signal between two functions
    """There is no transaction to run anything in; the cause says why."""


class Writer:
    """`run` is for the event loop, everything below `serve` happens in the thread."""

    def __init__(self, file: SqliteFile) -> None:
        self.file = file
        self.waiting: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None

    async def run(self, work: Work, deadline: float) -> Any:
        """Run work in a transaction and return once it is committed."""
        loop = asyncio.get_running_loop()
        if self.thread is None:
            self.thread = threading.Thread(
                target=self.serve, args=[loop], name="sqlite-writer", daemon=True
            )
            self.thread.start()
        write = Write(work, deadline, loop.create_future())
        self.waiting.put(write)
        return await write.done

    async def stop(self) -> None:
        """Finish what waits and end."""
        if self.thread is not None:
            self.waiting.put(None)
            await asyncio.to_thread(self.thread.join)
            self.thread = None

    def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Until told to stop: take all that waits, commit it together, tell everybody."""
        ending = False
        patient: list[Write] = []
        while patient or not ending:
            batch: list[Write | None] = [*patient] or [self.waiting.get()]
            with suppress(queue.Empty):
                while True:
                    batch.append(self.waiting.get_nowait())
            ending = ending or None in batch
            writes = [write for write in batch if write is not None]
            if writes:
                with self.file.writing:
                    outcomes = self.outcomes(writes)
                patient = [
                    write for write, end in zip(writes, outcomes, strict=True) if end is WAITS
                ]
                loop.call_soon_threadsafe(tell, writes, outcomes)

    def outcomes(self, writes: list[Write]) -> list[Any]:
        """For each write its result, or the exception that it ended with, or `WAITS`."""
        try:
            return self.commit(writes)
        except BeginFailed as failure:
            soon = time.monotonic() + limits.READ_WAIT_SECONDS
            late = [write.deadline < soon for write in writes]
            # There was no time for some, or nothing to open for anybody.
            waits = WAITS if any(late) else failure.__cause__
            return [failure.__cause__ if is_late else waits for is_late in late]
        except Exception as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
                self.file.distrust()
            if len(writes) == 1:
                return [error]
        return [outcome for write in writes for outcome in self.outcomes([write])]

    def commit(self, writes: list[Write]) -> list[Any]:
        """Run writes in one transaction; their results once it is committed."""
        connection = self.begin(min(write.deadline for write in writes))
        try:
            results = [finished(write.work(connection)) for write in writes]
            connection.raw.execute("COMMIT")
        except BaseException:
            if connection.raw.in_transaction:  # SQLite itself may have rolled back
                connection.raw.execute("ROLLBACK")
            raise
        return results

    def begin(self, deadline: float) -> SqliteConnection:
        """Take the write lock at once: a lock taken halfway cannot wait, it can only fail."""
        patience = deadline - time.monotonic()
        try:
            if patience <= 0:
                raise TimeoutError("the writes before this one took too long")
            connection = self.file.for_writing()
            connection.raw.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            connection.raw.execute("BEGIN IMMEDIATE")
        except (OSError, sqlite3.Error) as error:
            raise BeginFailed from error
        return connection


def tell(writes: list[Write], outcomes: list[Any]) -> None:
    """Wake those who still wait."""
    for write, outcome in zip(writes, outcomes, strict=True):
        if write.done.done() or outcome is WAITS:
            continue
        if isinstance(outcome, BaseException):
            write.done.set_exception(outcome)
        else:
            write.done.set_result(outcome)
