"""Every statement on a noun. Each one starts from the owner's rows and sees no others.

Methods over a connection, for which they alone wait: `taskapi.database` decides whether it is
SQLite's or PostgreSQL's, and commits. Each write is one statement, which asks by itself whether
the account was deleted meanwhile (`account_deletion.py`). Statements are built once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

from pydantic import BaseModel
from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from taskapi.database.connection import Connection
from taskapi.database.statement import MAX_SHAPES, Row
from taskapi.owned.account_deletion import MAY_WRITE
from taskapi.owned.columns import now
from taskapi.owned.cursor import Position
from taskapi.owned.dialects import INSERT
from taskapi.ownership import Owner

MOST_ROWS = 10_000  # of one owner and noun

Where = tuple[ColumnElement[bool], ...]
# A column that is made from a field: the field's name, and how.
Derived = Mapping[str, tuple[str, Callable[[Any], Any]]]


@dataclass(frozen=True, eq=False)
class Order:
    """How a list is sorted; the id decides between equals."""

    column: Column[Any]
    descending: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers rather than moments."""
        return isinstance(self.column.type, Integer)


class Rows:
    """The rows of one noun.

    Args:
        table: made by `owned_table`.
        shown: what the API shows of a row; its fields name the columns.
        derived: columns that follow from fields.
        most: how many rows an owner may have. Writes at the same moment may exceed it by their
            number.
    """

    def __init__(
        self, table: Table, shown: type[BaseModel], derived: Derived, most: int = MOST_ROWS
    ) -> None:
        self.table = table
        self.names = tuple(shown.model_fields)
        require_the_same(table, {*self.names}, {*derived})
        self.shown = tuple(table.c[name] for name in self.names)
        self.derived = derived
        self.most = most
        self.owned = table.c.owner_id == bindparam("owner")
        self.one = and_(self.owned, table.c.id == bindparam("row_id"))
        self.find_one = select(*self.shown).where(self.one)
        self.change_one = update(table).where(self.one, MAY_WRITE).returning(*self.shown)
        self.remove_one = delete(table).where(self.one, MAY_WRITE).returning(table.c.id)
        self.put_one = {dialect: self.put_statement(dialect) for dialect in INSERT}

    def put_statement(self, dialect: str) -> ReturningInsert[*tuple[Any, ...]]:
        """Insert or replace in one atomic step, so that two PUTs and a DELETE may race.

        Nothing happens if the account was deleted, or if a new row would be one too many.
        """
        columns = [column for column in self.table.c if column.name != "replaced"]
        values = select(*(bindparam(parameter(each.name), type_=each.type) for each in columns))
        there = exists(select(self.table.c.id).where(self.one))
        count = select(func.count()).select_from(self.table).where(self.owned).scalar_subquery()
        new = INSERT[dialect](self.table).from_select(
            [column.name for column in columns],
            values.where(MAY_WRITE, or_(there, count < self.most)),
        )
        kept = {"owner_id", "id", "created_at", "replaced"}
        changed = {column.name: column for column in new.excluded if column.name not in kept}
        return new.on_conflict_do_update(
            index_elements=[self.table.c.owner_id, self.table.c.id],
            set_={**changed, "replaced": true()},
        ).returning(*self.shown, self.table.c.replaced)

    async def page(
        self,
        connection: Connection,
        owner: Owner,
        order: Order,
        where: Where,
        values: Mapping[str, Any],
        limit: int,
        after: Position | None,
    ) -> tuple[Sequence[Row], Position | None]:
        """The page after a position, and the position to go on from, if there is more.

        Args:
            where: conditions that are the same objects each time, so that statements are.
            values: their parameters.
        """
        statement = page_statement(self, order, where, continuing=after is not None)
        parameters: dict[str, Any] = {**values, "owner": owner.id, "count": limit + 1}
        if after is not None:
            parameters |= {"last_key": after.key, "last_id": after.id}
        rows = await connection.fetch(statement, parameters)
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]
        return rows[:limit], Position(last[-1], last[self.names.index("id")])

    async def find(self, connection: Connection, owner: Owner, row_id: str) -> Row | None:
        """The owner's row of that id."""
        return first(await connection.fetch(self.find_one, {"owner": owner.id, "row_id": row_id}))

    async def add(
        self, connection: Connection, owner: Owner, values: Mapping[str, Any]
    ) -> Row | None:
        """A new row under a fresh id; None as for `put`."""
        return await self.put(connection, owner, str(uuid4()), values)

    async def put(
        self, connection: Connection, owner: Owner, row_id: str, values: Mapping[str, Any]
    ) -> Row | None:
        """The row under the client's id, and behind its columns whether it replaced one, whose
        `created_at` it keeps. None if the account was deleted, or has all the rows it may have."""
        whole = whole_row(owner.id, row_id, {**values, **self.follow(values)})
        parameters = {parameter(name): value for name, value in whole.items()}
        parameters |= {**owner.parameters, "row_id": row_id}
        return first(await connection.fetch(self.put_one[connection.dialect], parameters))

    async def change(
        self, connection: Connection, owner: Owner, row_id: str, changes: Mapping[str, Any]
    ) -> Row | None:
        """The owner's row with some fields changed; no change at all leaves it untouched."""
        if not changes:
            return await self.find(connection, owner, row_id)
        parameters = {
            **changes,
            **self.follow(changes),
            "updated_at": now(),
            **owner.parameters,
            "row_id": row_id,
        }
        return first(await connection.fetch(self.change_one, parameters))

    async def remove(self, connection: Connection, owner: Owner, row_id: str) -> bool:
        """Delete the owner's row of that id; whether there was one."""
        parameters = {**owner.parameters, "row_id": row_id}
        return bool(await connection.fetch(self.remove_one, parameters))

    async def remove_all(self, connection: Connection, owner: Owner, where: Where = ()) -> None:
        """Delete the owner's rows, or those of them that meet some conditions."""
        await connection.fetch(removal(self, where), owner.parameters)

    def follow(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The derived columns of those fields that are given."""
        return {
            column: make(values[field])
            for column, (field, make) in self.derived.items()
            if field in values
        }


def require_the_same(table: Table, fields: set[str], derived: set[str]) -> None:
    """Each field has a column, and each column something that fills it.

    Raises:
        TypeError: one line that names the field or column, and the fix.
    """
    columns = set(table.c.keys())
    for name in sorted((fields | derived) - columns):
        raise TypeError(f"{table.name}.{name} is no column: add it to the table in table.py")
    for name in sorted(columns - fields - derived - {"owner_id", "replaced"}):
        raise TypeError(
            f"nothing fills the column {table.name}.{name}: give it a field in schemas.py, or a "
            "line in `derived`"
        )


def parameter(column: str) -> str:
    """The parameter of a new row's column; SQLAlchemy keeps the bare names for itself."""
    return "owner" if column == "owner_id" else f"new_{column}"


@lru_cache(MAX_SHAPES)
def page_statement(rows: Rows, order: Order, where: Where, *, continuing: bool) -> Select[Any]:
    """One of the fixed statements behind a list: keyset paging along an index.

    The sort key comes last, behind what is shown.
    """
    table, key = rows.table, order.column
    statement = select(*rows.shown, key).where(rows.owned, *where)
    if continuing:
        here = tuple_(key, table.c.id)
        last = tuple_(
            bindparam("last_key", type_=key.type), bindparam("last_id", type_=table.c.id.type)
        )
        statement = statement.where(here < last if order.descending else here > last)
    if order.descending:
        return statement.order_by(key.desc(), table.c.id.desc()).limit(bindparam("count"))
    return statement.order_by(key, table.c.id).limit(bindparam("count"))


@lru_cache(MAX_SHAPES)
def removal(rows: Rows, where: Where) -> Delete:
    """Delete the owner's rows that meet some conditions."""
    return delete(rows.table).where(rows.owned, *where, MAY_WRITE)


def whole_row(owner_id: str, row_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every column of a row that is new as of now."""
    moment = now()
    return {
        "owner_id": owner_id,
        "id": row_id,
        "created_at": moment,
        "updated_at": moment,
        **values,
    }


def folded(text: str | None) -> str:
    """A text as it is searched in, in any case: both databases would fold less than all of it."""
    return (text or "").casefold()


def first(rows: Sequence[Row]) -> Row | None:
    """The one row, if there is one."""
    return rows[0] if rows else None
