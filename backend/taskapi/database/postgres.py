"""PostgreSQL: two pools of connections, so that searches cannot take those of everybody else.

The whole of a request's dealings with the server takes at most `limits.WAIT_SECONDS`. Then the
connection is dropped without a farewell, for which a frozen server would let us wait again.

One owner's requests hold a part of the connections at most, or those that write one row, and so
wait for each other, would hold all of them. The owner is the first argument of the work.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Concatenate

import psycopg
import structlog
from sqlalchemy import URL, Integer, cast, func, select

from taskapi.database import limits
from taskapi.database.away import translated
from taskapi.database.connection import Connection, OneStatement, P, PoolFigures, T, Work
from taskapi.database.postgres_connection import PostgresConnection, connect, conninfo
from taskapi.database.postgres_pool import Pool
from taskapi.database.search_budget import SearchBudget
from taskapi.database.shares import Shares, turn
from taskapi.database.statement import Row
from taskapi.errors import DatabaseAway

log = structlog.get_logger("taskapi.database")

# SQLSTATE (PostgreSQL, appendix A): undefined table, column or function (not migrated).
NOT_MIGRATED = {"42P01", "42703", "42883"}
ENDING = "57P"  # the server, or its process for this connection, is shutting down or starting
READ_ONLY = "25006"  # this is no primary, or not any more


def is_away(error: Exception) -> bool:
    """Whether the server cannot do its part; a statement of ours that is wrong is a bug."""
    if isinstance(error, psycopg.Error) and error.sqlstate in {*NOT_MIGRATED, READ_ONLY}:
        return True
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


FACTS = select(
    cast(func.current_setting("max_connections"), Integer),
    cast(func.current_setting("superuser_reserved_connections"), Integer),
    func.current_setting("transaction_read_only") == "on",
    func.current_setting("server_encoding"),
)


async def facts(connection: Connection) -> Row:
    """What decides about what can be done here."""
    [row] = await connection.fetch(FACTS, {})
    return row


class PostgresDatabase:
    """See the module; `taskapi.database.Database` says what each method is for.

    Args:
        url: several hosts in it are tried in turn for each new connection.
        size: of both pools together, at least 2.
    """

    def __init__(self, url: URL, size: int) -> None:
        self.conninfo = conninfo(url)
        searches = max(1, size // limits.POSTGRES_SEARCH_SHARE)
        self.pool = Pool(self.connect, size - searches)
        self.search_pool = Pool(self.connect_for_search, searches)
        self.budget = SearchBudget(searches, limits.SEARCHES_PER_OWNER)
        self.shares = Shares(max(1, self.pool.size // limits.POSTGRES_OWNERS_PER_POOL))
        self.pooler_seen = False

    async def start(self, workers: int) -> None:
        with suppress(DatabaseAway):
            limit, reserved, read_only, encoding = await self.read(facts)
            needed = workers * (self.pool.size + self.search_pool.size)
            if needed > limit - reserved:
                log.warning(
                    "database_connections",
                    reason=f"DATABASE_POOL_SIZE times WEB_CONCURRENCY is {needed}, and the server "
                    f"has max_connections = {limit}, of which {reserved} are reserved: requests "
                    "will meet 503s; lower the one or raise the other",
                )
            if encoding != "UTF8":
                log.warning(
                    "database_encoding",
                    reason=f"DATABASE_URL leads to a database in {encoding}, which cannot hold all "
                    "text: move to one made with ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0",
                )
            if read_only:
                log.warning(
                    "database_read_only",
                    reason="DATABASE_URL leads to a server that takes no writes, which will be "
                    "503s: name the primary, or all hosts and target_session_attrs=read-write",
                )

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated(is_away):
            async with (
                asyncio.timeout(limits.WAIT_SECONDS),
                turn(self.shares.of(args), limits.WAIT_SECONDS * limits.TURN),
            ):
                try:
                    return await self.run(self.pool, work, *args, **kwargs)
                except psycopg.OperationalError as error:
                    if error.sqlstate is not None and error.sqlstate[:3] != ENDING:
                        raise  # the server has spoken, and the connection stands
                self.pool.clear()  # the others have been lost as well
                return await self.run(self.pool, work, *args, **kwargs)

    async def search(self, owner: str, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def limited(
            connection: PostgresConnection, /, *args: P.args, **kwargs: P.kwargs
        ) -> T:
            async with asyncio.timeout(limits.SEARCH_SECONDS):
                return await work(connection, *args, **kwargs)

        with translated(is_away):
            # Opening a connection may take longer than a search: a host may be silent.
            async with asyncio.timeout(limits.WAIT_SECONDS), self.budget.turn(owner):
                return await self.run(self.search_pool, limited, *args, **kwargs)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def alone(connection: PostgresConnection) -> T:
            return await work(OneStatement(connection), *args, **kwargs)

        return await self.change(self.shares.of(args), alone)

    async def transaction(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def whole(connection: PostgresConnection) -> T:
            await connection.command(b"BEGIN ISOLATION LEVEL READ COMMITTED")
            try:
                result = await work(connection, *args, **kwargs)
                await connection.command(b"COMMIT")
            except BaseException:
                connection.close()  # which rolls back, whatever state it is in
                raise
            return result

        return await self.change(self.shares.of(args), whole)

    async def change(
        self,
        share: asyncio.Semaphore,
        work: Callable[[PostgresConnection], Coroutine[Any, Any, T]],
    ) -> T:
        """Run work that writes; once more on another server if this one is no primary any more.

        A write whose connection was lost is not repeated: it may have been committed.
        """
        with translated(is_away):
            async with (
                asyncio.timeout(limits.WAIT_SECONDS),
                turn(share, limits.WAIT_SECONDS * limits.TURN),
            ):
                try:
                    return await self.run(self.pool, work)
                except psycopg.errors.ReadOnlySqlTransaction:
                    self.pool.clear()
                    return await self.run(self.pool, work)

    async def run(
        self,
        pool: Pool,
        work: Callable[Concatenate[PostgresConnection, P], Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        connection = await pool.take()
        try:
            return await work(connection, *args, **kwargs)
        except psycopg.errors.ReadOnlySqlTransaction:
            connection.close()
            raise
        except (asyncio.CancelledError, TimeoutError):
            connection.close()
            pool.clear()  # out of time: the server may have frozen, and all connections with it
            raise
        finally:
            pool.give(connection)

    async def connect(self) -> PostgresConnection:
        return await self.opened(limits.WAIT_SECONDS)

    async def connect_for_search(self) -> PostgresConnection:
        return await self.opened(limits.SEARCH_SECONDS)

    async def opened(self, statement_seconds: float) -> PostgresConnection:
        """A new connection; says once what cannot be done through a pooler."""
        connection = await connect(self.conninfo, statement_seconds)
        if not connection.direct and not self.pooler_seen:
            self.pooler_seen = True
            log.warning(
                "database_pooler",
                reason="DATABASE_URL leads to a pooler: statements are not prepared, and "
                "statement_timeout, lock_timeout and idle_in_transaction_session_timeout are not "
                "set for each session; set them once: ALTER ROLE ... SET statement_timeout = '4s', "
                "and leave default_transaction_isolation at 'read committed'",
            )
        return connection

    def figures(self) -> dict[str, PoolFigures]:
        """How each pool stands, by its name."""
        return {"requests": self.pool.figures, "searches": self.search_pool.figures}

    async def close(self) -> None:
        self.pool.clear()
        self.search_pool.clear()
