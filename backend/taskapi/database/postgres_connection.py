"""One connection to PostgreSQL: psycopg opens it, libpq's own asynchronous calls run statements.

psycopg's `AsyncConnection` spends twice the time of the statement on waiting (a task, a time-out
and a new reader for each). Here the event loop watches the socket once for the connection's whole
life, and one future is all that a statement waits for (PostgreSQL's manual, section 32.4,
"Asynchronous Command Processing"). So a connection that dies while nobody uses it is noticed too.
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2b

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.conninfo import make_conninfo
from psycopg.types.string import TextLoader
from sqlalchemy import URL, create_engine
from sqlalchemy.dialects.postgresql.base import PGDialect

from taskapi.database import limits
from taskapi.database.statement import Parameters, Row, Statement, compiler

compiled = compiler(PGDialect(paramstyle="numeric_dollar"))  # type: ignore[no-untyped-call]

DEFAULTS = {  # what DATABASE_URL says wins (libpq, section 32.1.2)
    "fallback_application_name": "taskapi",
    "connect_timeout": limits.CONNECT_SECONDS,
    "keepalives_idle": 10,  # seconds of silence, after which a lost machine is noticed in 20
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 10_000,  # milliseconds
}
# Limits of the server's own, for what goes on after we have given up. One row: they are set.
# No row: another process answers than the one that libpq was greeted by, so a pooler stands
# between, and what is set for this session would be set for somebody else's.
SETTINGS = b"""
SELECT set_config('statement_timeout', $2, false), set_config('lock_timeout', $3, false),
       set_config('idle_in_transaction_session_timeout', $4, false),
       set_config('default_transaction_isolation', 'read committed', false)
WHERE pg_backend_pid() = $1
"""


class PostgresConnection:
    """Runs one statement at a time; `usable` says whether the next one may be sent."""

    dialect = "postgresql"

    def __init__(self, raw: psycopg.AsyncConnection) -> None:
        raw.adapters.register_loader("uuid", TextLoader)
        self.raw = raw
        self.libpq = raw.pgconn
        self.rows = Transformer(raw)
        self.socket = self.libpq.socket
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(self.socket, self.readable)
        self.results: list[pq.abc.PGresult] = []
        self.answer: asyncio.Future[None] | None = None
        self.usable = True
        self.direct = False
        self.prepared: set[bytes] = set()

    async def fetch(self, statement: Statement, parameters: Parameters) -> list[Row]:
        run = compiled(statement, tuple(parameters))
        arguments = [
            None if value is None else str(value).encode() for value in run.arguments(parameters)
        ]
        command = run.sql.encode()
        if self.direct:
            name = b"s" + blake2b(command, digest_size=8).hexdigest().encode()
            if name not in self.prepared:
                await self.ask(self.libpq.send_prepare, name, command)
                self.prepared.add(name)
            result = await self.ask(self.libpq.send_query_prepared, name, arguments)
        else:
            result = await self.ask(self.libpq.send_query_params, command, arguments)
        self.rows.set_pgresult(result)
        return run.shown(self.rows.load_rows(0, result.ntuples, tuple))

    async def command(self, sql: bytes, *arguments: str) -> bool:
        """Run a statement that is not prepared; whether it returned a row."""
        values = [argument.encode() for argument in arguments]
        return bool((await self.ask(self.libpq.send_query_params, sql, values)).ntuples)

    async def ask(self, send: Callable[..., None], *arguments: object) -> pq.abc.PGresult:
        """Send something and wait for its one result.

        Raises:
            psycopg.Error: as the server says it, by its SQLSTATE, without any of our values;
                OperationalError where the connection is lost.
        """
        self.usable = False
        self.results.clear()
        self.answer = self.loop.create_future()
        send(*arguments)
        if self.libpq.flush():
            self.loop.add_writer(self.socket, self.writable)
        await self.answer
        [result] = self.results
        self.usable = True
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise failure(result)
        return result

    def readable(self) -> None:
        """The server has sent something: part of an answer, all of it, or its farewell."""
        try:
            self.libpq.consume_input()
            while not self.libpq.is_busy():
                result = self.libpq.get_result()
                if result is None:
                    if self.answer is not None and not self.answer.done() and self.results:
                        self.answer.set_result(None)
                    return
                self.results.append(result)
        except psycopg.OperationalError as error:
            self.lost(error)

    def writable(self) -> None:
        """There is room to send more of a long statement."""
        try:
            if not self.libpq.flush():
                self.loop.remove_writer(self.socket)
        except psycopg.OperationalError as error:
            self.lost(error)

    def lost(self, error: psycopg.OperationalError) -> None:
        """The connection is gone; whoever waits for an answer will get none."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)
        self.close()

    def alive(self) -> bool:
        """Whether the next statement can be sent; notices a farewell that was not read yet."""
        if self.usable:
            self.readable()
        return self.usable and self.libpq.transaction_status == pq.TransactionStatus.IDLE

    def close(self) -> None:
        """Leave at once, without waiting for a server that may never answer."""
        self.usable = False
        if self.libpq.status != pq.ConnStatus.BAD or self.socket != -1:
            self.loop.remove_reader(self.socket)
            self.loop.remove_writer(self.socket)
        self.socket = -1
        self.libpq.finish()


def conninfo(url: URL) -> str:
    """A database URL as libpq takes it, with our defaults for what it does not say."""
    parts = create_engine(url).dialect.create_connect_args(url)[1]
    parts.pop("context", None)
    return make_conninfo(**{**DEFAULTS, **parts, "client_encoding": "utf8"})


async def connect(conninfo: str, statement_seconds: float) -> PostgresConnection:
    """A connection to the first host that suits (`target_session_attrs`).

    Args:
        statement_seconds: after which the server itself ends a statement.
    """
    raw = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
    connection = PostgresConnection(raw)
    milliseconds = str(int(statement_seconds * 1000))
    try:
        connection.direct = await connection.command(
            SETTINGS, str(raw.pgconn.backend_pid), *[milliseconds] * 3
        )
    except BaseException:
        connection.close()
        raise
    return connection


def failure(result: pq.abc.PGresult) -> psycopg.Error:
    """The server's error without its DETAIL, which quotes rows; libpq's own has no SQLSTATE."""
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    message = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode()
    if not state:
        return psycopg.OperationalError("the connection was lost")
    try:
        kind: type[psycopg.Error] = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.DatabaseError
    return kind(message)
