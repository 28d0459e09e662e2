"""What a function that runs statements is given, whichever the database is."""

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from taskapi.database.statement import Parameters, Row, Statement


class Connection(Protocol):
    """Runs the statements of one read or one write."""

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database: sqlite or postgresql."""
        ...

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement; its rows, or none for a statement that returns none."""
        ...


P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], Coroutine[Any, Any, T]]


class OneStatement:
    """A connection for a write of one statement, which is atomic without a transaction around.

    Raises:
        RuntimeError: a second statement, which would be a commit of its own.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.used = False

    @property
    def dialect(self) -> str:
        return self.connection.dialect

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        if self.used:
            raise RuntimeError("a second statement in one write: use Database.transaction")
        self.used = True
        return await self.connection.fetch(statement, parameters)


class PoolFigures(NamedTuple):
    """How a pool stands: connections that it may have, those at work, requests that wait."""

    size: int
    in_use: int
    waiting: int
