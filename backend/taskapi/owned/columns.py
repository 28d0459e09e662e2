"""Column types, and the table of a noun.

Every key starts with the owner, so that a table can be sharded by owner.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    false,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class moment_text(GenericFunction[str]):  # noqa: N801 - as a SQL function is written
    """A moment as the API shows it, in SQL."""

    type = Text()
    inherit_cache = True


class day_text(GenericFunction[str]):  # noqa: N801 - as a SQL function is written
    """A day as the API shows it, in SQL; PostgreSQL's own way is the role's (DateStyle)."""

    type = Text()
    inherit_cache = True


@compiles(day_text, "sqlite")
@compiles(moment_text, "sqlite")
def stored_as_shown(element: GenericFunction[str], compiler: SQLCompiler, **options: Any) -> str:
    """SQLite keeps that very text."""
    return compiler.process(element.clauses, **options)


@compiles(moment_text, "postgresql")
def made_by_the_server(element: moment_text, compiler: SQLCompiler, **options: Any) -> str:
    """Beside the query itself this costs nothing; in Python it would be a tenth of a request."""
    moment = compiler.process(element.clauses, **options)
    return f"""to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@compiles(day_text, "postgresql")
def day_made_by_the_server(element: day_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)}, 'YYYY-MM-DD')"


class Shown(TypeDecorator[str]):
    """Text exactly as the API shows it, on both databases alike.

    SQLite keeps that very text. PostgreSQL keeps a type of its own (`native`) and hands out text:
    ids as it writes them anyway, days and moments through `day_text` and `moment_text`. So a row is
    ready to be sent without a conversion, and both databases compare and sort alike, because the
    text has a fixed width.
    """

    impl = Text
    cache_ok = True

    def __init__(self, native: TypeEngine[Any]) -> None:
        super().__init__()
        self.native = native

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(self.native if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> None:
        """The text itself; PostgreSQL reads it."""
        return

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """The text itself."""
        return


class ShownMoment(Shown):
    """RFC 3339 in UTC with microseconds: `2026-11-22T16:20:00.000001Z`."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(DateTime(timezone=True))

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return moment_text(column)


class ShownDay(Shown):
    """RFC 3339's full-date: `2026-11-22`."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(Date())

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return day_text(column)


def show_moment(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def now() -> str:
    """This moment as the API shows it."""
    return show_moment(datetime.now(UTC))


ID = Shown(Uuid())
DAY = ShownDay()
MOMENT = ShownMoment()


def owned_table(name: str, *columns: Column[Any], lists: Sequence[Sequence[str]] = ()) -> Table:
    """A noun's table.

    Args:
        columns: the noun's own; the owner, the id and the moments come with every noun.
        lists: for each way to list it the columns that are compared or sorted by, in that order:
            each is an index, so that no list is sorted and nothing is skipped.
    """
    return Table(
        name,
        metadata,
        Column("owner_id", Text, nullable=False),
        Column("id", ID, nullable=False),
        *columns,
        Column("created_at", MOMENT, nullable=False),
        Column("updated_at", MOMENT, nullable=False),
        # Tells a PUT whether it created or replaced.
        Column("replaced", Boolean, nullable=False, server_default=false()),
        PrimaryKeyConstraint("owner_id", "id"),
        *(Index(None, "owner_id", *listed, "id") for listed in lists),
    )
