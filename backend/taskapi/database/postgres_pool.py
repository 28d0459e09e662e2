"""A pool of PostgreSQL connections: so many at most, the one used last is used first."""

import asyncio
from collections.abc import Awaitable, Callable

from taskapi.database import limits
from taskapi.database.connection import PoolFigures
from taskapi.database.postgres_connection import PostgresConnection


class Pool:
    """`take` a connection, `give` it back; whoever waits is served in order of arrival.

    Connections are opened when they are needed. One that is not idle when it is given back (it
    was cut off in the middle, or is within a transaction) is closed.
    """

    def __init__(self, open_one: Callable[[], Awaitable[PostgresConnection]], size: int) -> None:
        self.open_one = open_one
        self.size = size
        self.turns = asyncio.Semaphore(size)
        self.idle: list[PostgresConnection] = []
        self.in_use = 0
        self.waiting = 0

    async def take(self) -> PostgresConnection:
        """An idle connection, or a new one. Raises psycopg.Error if there is no server."""
        self.waiting += 1
        try:
            async with asyncio.timeout(limits.WAIT_SECONDS * limits.TURN):
                await self.turns.acquire()
        finally:
            self.waiting -= 1
        self.in_use += 1
        try:
            while self.idle:
                connection = self.idle.pop()
                if connection.alive():
                    return connection
                connection.close()
            return await self.open_one()
        except BaseException:
            self.in_use -= 1
            self.turns.release()
            raise

    def give(self, connection: PostgresConnection) -> None:
        """Take a connection back."""
        if connection.alive():
            self.idle.append(connection)
        else:
            connection.close()
        self.in_use -= 1
        self.turns.release()

    def clear(self) -> None:
        """Close what is idle: the server it leads to is not the one that it was."""
        while self.idle:
            self.idle.pop().close()

    @property
    def figures(self) -> PoolFigures:
        return PoolFigures(self.size, self.in_use, self.waiting)
