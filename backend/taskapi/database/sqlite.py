"""SQLite: a file in WAL mode. Readers never wait for the writer, nor it for them.

Reads run right here on the event loop, in microseconds. Searches run in worker threads, a few at
once and each for a limited time. Writes go to one thread, in order of arrival (`sqlite_writer`).
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

from taskapi.database import limits
from taskapi.database.away import translated
from taskapi.database.connection import Connection, OneStatement, P, PoolFigures, T, Work
from taskapi.database.search_budget import SearchBudget
from taskapi.database.shares import Shares, turn
from taskapi.database.sqlite_file import (
    SqliteConnection,
    SqliteFile,
    connect_for_reading,
    finished,
)
from taskapi.database.sqlite_writer import Writer

# Result codes (sqlite.org/rescode.html) that speak of the file and not of the statement.
AWAY = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
INTERRUPT_AGAIN = 0.02  # seconds
NOT_MIGRATED = ("no such table", "no such column", "has no column")


def is_away(error: Exception) -> bool:
    """Whether the file cannot do its part; a statement of ours that is wrong is a bug."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code
    return code in AWAY or (
        code == sqlite3.SQLITE_ERROR and any(text in str(error) for text in NOT_MIGRATED)
    )


class SqliteDatabase:
    """See the module; `taskapi.database.Database` says what each method is for."""

    def __init__(self, path: str) -> None:
        self.file = SqliteFile(path)
        self.writer = Writer(self.file)
        self.shares = Shares(limits.SQLITE_WRITES_PER_OWNER)
        self.budget = SearchBudget(limits.SQLITE_SEARCHES, limits.SEARCHES_PER_OWNER)
        self.searchers = ThreadPoolExecutor(limits.SQLITE_SEARCHES, "sqlite-search")
        self.longest_log = limits.SQLITE_LOG_BYTES
        self.shortening: asyncio.Task[None] | None = None

    async def start(self, workers: int) -> None:
        """Nothing: a file takes any number of processes."""

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated(is_away):
            return await work(self.file.for_reading(), *args, **kwargs)

    async def search(self, owner: str, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated(is_away):
            self.file.follow()
            self.mind_the_log()
            async with self.budget.turn(owner):
                # A connection of its own: opening one is nothing beside a search.
                with closing(connect_for_reading(self.file.path)) as raw:
                    run = asyncio.get_running_loop().run_in_executor
                    searching = run(
                        self.searchers, finished, work(SqliteConnection(raw), *args, **kwargs)
                    )
                    return await limited(searching, raw)

    def mind_the_log(self) -> None:
        """SQLite begins its log anew only when nobody reads, and searches may leave no such
        moment: where it has grown long, they are made to."""
        free = self.shortening is None or self.shortening.done()
        if free and self.file.log_size() >= self.longest_log:
            self.shortening = asyncio.create_task(self.shorten_log())

    async def shorten_log(self) -> None:
        async with self.budget.pause():
            with suppress(OSError, sqlite3.Error):
                run = asyncio.get_running_loop().run_in_executor
                await run(self.searchers, self.file.shorten_log)
        # What is left is read for longer, as by a backup, or written to without a pause.
        self.longest_log = limits.SQLITE_LOG_BYTES + self.file.log_size()

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def alone(connection: Connection) -> T:
            return await work(OneStatement(connection), *args, **kwargs)

        return await self.change(self.shares.of(args), alone)

    async def transaction(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def whole(connection: Connection) -> T:
            return await work(connection, *args, **kwargs)

        return await self.change(self.shares.of(args), whole)

    async def change(
        self, share: asyncio.Semaphore, work: Callable[[Connection], Coroutine[Any, Any, T]]
    ) -> T:
        """Run work that writes, when it is its owner's turn."""
        deadline = time.monotonic() + limits.WAIT_SECONDS
        with translated(is_away):
            # Half of it: the rest is for the write.
            async with turn(share, limits.WAIT_SECONDS / 2):
                self.file.follow()
                result: T = await self.writer.run(work, deadline)
            return result

    def figures(self) -> dict[str, PoolFigures]:
        return {}

    async def close(self) -> None:
        if self.shortening is not None:
            self.shortening.cancel()
        await self.writer.stop()
        self.searchers.shutdown()
        self.file.close()


async def limited(searching: asyncio.Future[T], raw: sqlite3.Connection) -> T:
    """The result of a search, which is interrupted when it takes too long or nobody waits.

    The connection is idle again when this returns.
    """
    try:
        await asyncio.wait([searching], timeout=limits.SEARCH_SECONDS)
    finally:
        while not searching.done():
            raw.interrupt()  # lost on a statement that has not begun, hence again
            await asyncio.wait([searching], timeout=INTERRUPT_AGAIN)
        searching.exception()  # seen, also where nobody waits for it
    return searching.result()
