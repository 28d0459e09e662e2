"""How statements are run: one set of sync functions over a connection, on either database.

SQLite reads run right here on the event loop (in WAL mode a read never waits), searches and
writes in a worker thread, writes one at a time. PostgreSQL runs all of them through psycopg's
async connections. A write is committed before it is acknowledged: `write` returns only then.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

import psycopg
import structlog
from fastapi import Depends
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.requests import Request

from taskapi.errors import DatabaseAway
from taskapi.tasks.models import tasks

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("taskapi.database")

WAIT_SECONDS = 5  # for a lock, a connection or an answer, before it is a 503
READ_WAIT_MILLISECONDS = 100  # SQLite reads hold the event loop: better a 503 than a standstill

# Result codes (sqlite.org/rescode.html) that speak of the file and not of the statement.
SQLITE_AWAY = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
# SQLSTATE (PostgreSQL, appendix A): undefined table (not migrated), read-only transaction.
POSTGRES_AWAY = {"42P01", "25006"}

MIGRATED = select(tasks).limit(0)  # names every column, reads no row


class Database(Protocol):
    """Runs `work(connection, ...)`; raises DatabaseAway where the database is to blame."""

    async def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run work that only reads, without a transaction."""
        ...

    async def scan(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run work that only reads, but may read so much that nobody should wait for it."""
        ...

    async def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run work in one transaction and commit it."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class SqliteDatabase:
    """A file in WAL mode: readers never wait for the writer, nor it for them."""

    def __init__(self, url: URL) -> None:
        self.path = str(url.database)
        self.reader = sqlite_engine(url, READ_WAIT_MILLISECONDS, "PRAGMA query_only = ON")
        self.writer = sqlite_engine(url, WAIT_SECONDS * 1000, "PRAGMA journal_mode = WAL")
        event.listen(self.writer, "begin", begin_immediate)
        self.turn = asyncio.Lock()
        self.file: tuple[int, int] | None = None

    async def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with translated():
            self.follow_file()
            with self.reader.connect() as connection:
                return work(connection, *args, **kwargs)

    async def scan(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def search() -> T:
            with self.reader.connect() as connection:
                return work(connection, *args, **kwargs)

        with translated():
            self.follow_file()
            return await asyncio.to_thread(search)

    async def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def transaction() -> T:
            with self.writer.begin() as connection:
                return work(connection, *args, **kwargs)

        with translated():
            async with asyncio.timeout(WAIT_SECONDS):
                await self.turn.acquire()
            try:
                self.follow_file()
                return await asyncio.to_thread(transaction)
            finally:
                self.turn.release()

    def follow_file(self) -> None:
        """Notice that the file was moved away or replaced, as when a backup is restored.

        An open connection would go on with the old file, and acknowledge writes into nowhere.
        """
        found = os.stat(self.path)  # noqa: PTH116 - the hot path, and a plain string is at hand
        if self.file != (found.st_dev, found.st_ino):
            self.reader.dispose()
            self.writer.dispose()
            self.file = (found.st_dev, found.st_ino)

    async def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


class PostgresDatabase:
    """PostgreSQL through psycopg's own async connections.

    A pooled connection that died (the server was restarted) is noticed when it is used. SQLAlchemy
    then drops the whole pool, and the work runs once more: nothing of it was committed.
    """

    def __init__(self, url: URL) -> None:
        self.engine = create_async_engine(
            url,
            pool_size=10,
            pool_timeout=WAIT_SECONDS,
            hide_parameters=True,  # an error that is logged must not quote anybody's tasks
            connect_args={"connect_timeout": WAIT_SECONDS},
        )
        self.reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.run(self.reader, work, *args, **kwargs)

    scan = read

    async def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.run(self.engine, work, *args, **kwargs)

    async def run(
        self,
        engine: AsyncEngine,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        with translated():
            async with asyncio.timeout(2 * WAIT_SECONDS):
                try:
                    return await committed(engine, work, *args, **kwargs)
                except LostBeforeCommit:
                    return await committed(engine, work, *args, **kwargs)

    async def close(self) -> None:
        await self.engine.dispose()


class LostBeforeCommit(Exception):  # noqa: N818 - a signal between two functions
    """The connection was lost while nothing had been committed."""


async def committed(
    engine: AsyncEngine,
    work: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run work and commit it; on an autocommit engine there is nothing left to commit."""
    async with engine.connect() as connection:
        try:
            result = await connection.run_sync(work, *args, **kwargs)
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                raise LostBeforeCommit from error
            raise
        await connection.commit()
        return result


def open_database(url: URL) -> Database:
    """The database behind a URL; nothing is connected yet."""
    return SqliteDatabase(url) if url.get_backend_name() == "sqlite" else PostgresDatabase(url)


def sqlite_engine(url: URL, wait_milliseconds: int, pragma: str) -> Engine:
    """An engine that never creates the file and leaves transactions to its "begin" event."""
    engine = create_engine(
        url.set(database=f"file:{quote(str(url.database))}", query={"mode": "rw", "uri": "true"}),
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {wait_milliseconds}")
        connection.execute(pragma)

    return engine


def begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a lock taken halfway cannot wait, it can only fail."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def translated() -> Iterator[None]:
    """Raise DatabaseAway for whatever is the database's fault, and let our own faults pass."""
    try:
        yield
    except exc.DBAPIError as error:
        if not is_away(error):
            raise
        log.warning("database_away", error=type(error.orig).__name__, reason=reason(error.orig))
        raise DatabaseAway from error
    except (exc.TimeoutError, TimeoutError, OSError, LostBeforeCommit) as error:
        log.warning("database_away", error=type(error).__name__, reason=reason(error))
        raise DatabaseAway from error


def is_away(error: exc.DBAPIError) -> bool:
    """Whether the database cannot do its part; a statement of ours that is wrong is a bug."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the primary code
        return code in SQLITE_AWAY or "no such table" in str(cause)
    if isinstance(cause, psycopg.Error) and cause.sqlstate in POSTGRES_AWAY:
        return True
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)


def reason(error: BaseException | None) -> str:
    """The first line of what the driver says; it holds no values of ours."""
    return str(error).partition("\n")[0]


def database(request: Request) -> Database:
    """The application's database."""
    found: Database = request.app.state.database
    return found


async def get_database(request: Request) -> Database:
    """`database` for endpoints; FastAPI would run a plain function in a thread."""
    return database(request)


Db = Annotated[Database, Depends(get_database)]


def probe(connection: Connection) -> None:
    """Fails unless the table is there with every column."""
    connection.execute(MIGRATED)
