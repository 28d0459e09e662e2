"""How statements are run, on either database.

`sqlite.py` and `postgres.py` are the two carriers; everybody else knows `Database` and
`Connection` only. A statement is written once, with SQLAlchemy Core, and takes a connection that
runs it with the driver's own calls (`statement.py`). A write is committed before it is
acknowledged: `write` and `transaction` return only then.
"""

from typing import Protocol

from sqlalchemy import URL
from starlette.requests import Request

from taskapi.database.connection import Connection, P, PoolFigures, T, Work
from taskapi.database.statement import Row

__all__ = [
    "Connection",
    "Database",
    "PoolFigures",
    "Row",
    "database",
    "open_database",
]


class Database(Protocol):
    """Runs `work(connection, ...)`, which waits for nothing but that connection.

    Raises:
        DatabaseAway: where the database is to blame, within 5 seconds.
    """

    async def start(self, workers: int) -> None:
        """Say in the log what cannot be done with the given settings; harmless to leave out."""
        ...

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that reads a few rows along an index, without a transaction."""
        ...

    async def search(self, owner: str, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that may read all that an owner has, when it is the owner's turn."""
        ...

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work of one statement, and commit it; a second statement is a RuntimeError."""
        ...

    async def transaction(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work of several statements, and commit them together."""
        ...

    def figures(self) -> dict[str, PoolFigures]:
        """How each pool of connections stands, by its name; SQLite has none."""
        ...

    async def close(self) -> None:
        """Finish the writes whose turn it is and close every connection."""
        ...


def open_database(url: URL, pool_size: int) -> Database:
    """The database behind a URL; nothing is connected yet."""
    if url.get_backend_name() == "sqlite":
        from taskapi.database.sqlite import SqliteDatabase

        return SqliteDatabase(str(url.database))
    from taskapi.database.postgres import PostgresDatabase

    return PostgresDatabase(url, pool_size)


def database(request: Request) -> Database:
    """The application's database."""
    found: Database = request.app.state.database
    return found
