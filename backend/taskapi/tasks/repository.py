"""Every statement on tasks. Each one starts from the owner's rows and sees no others.

Functions over a connection, for which they alone wait: `taskapi.database` decides whether it is
SQLite's or PostgreSQL's, and commits. Statements are built once and bound for each call.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.functions import GenericFunction

from taskapi.database.connection import Connection
from taskapi.database.statement import Row
from taskapi.tasks.cursor import Position
from taskapi.tasks.models import NO_DUE_DATE, show_moment, tasks
from taskapi.tasks.schemas import Sort, Status, TaskQuery

SHOWN = (
    tasks.c.id,
    tasks.c.title,
    tasks.c.description,
    tasks.c.completed,
    tasks.c.due_date,
    tasks.c.created_at,
    tasks.c.updated_at,
)
CREATED_AT = SHOWN.index(tasks.c.created_at)
OWNED = tasks.c.owner_id == bindparam("owner")
OWNED_TASK = and_(OWNED, tasks.c.id == bindparam("task_id"))
IN_STATUS: dict[Status, tuple[ColumnElement[bool], ...]] = {
    Status.ALL: (OWNED,),
    Status.OPEN: (OWNED, tasks.c.completed.is_(False)),
    Status.DONE: (OWNED, tasks.c.completed.is_(True)),
}


SORTED_BY: dict[Sort, ColumnElement[Any]] = {
    Sort.NEWEST: tasks.c.created_at,
    Sort.OLDEST: tasks.c.created_at,
    Sort.DUE: tasks.c.due_order,
}


class strpos(GenericFunction[int]):  # noqa: N801 - a SQL function's own name
    """Where a literal substring begins, counted from 1; 0 if nowhere."""

    type = Integer()
    inherit_cache = True


@compiles(strpos, "sqlite")
def instr(element: strpos, compiler: SQLCompiler, **options: Any) -> str:
    """The same function under SQLite's name for it."""
    return f"instr{compiler.process(element.clause_expr, **options)}"


@cache
def page_statement(sort: Sort, status: Status, *, searching: bool, continuing: bool) -> Select[Any]:
    """One of the 36 fixed statements behind the list: keyset paging along an index."""
    key, descending = SORTED_BY[sort], sort is Sort.NEWEST
    statement = select(*SHOWN, tasks.c.due_order).where(*IN_STATUS[status])
    if searching:
        texts = (tasks.c.title_folded, tasks.c.description_folded)
        statement = statement.where(or_(*(strpos(text, bindparam("needle")) > 0 for text in texts)))
    if continuing:
        here = tuple_(key, tasks.c.id)
        last = tuple_(
            bindparam("last_key", type_=key.type), bindparam("last_id", type_=tasks.c.id.type)
        )
        statement = statement.where(here < last if descending else here > last)
    if descending:
        return statement.order_by(key.desc(), tasks.c.id.desc()).limit(bindparam("count"))
    return statement.order_by(key, tasks.c.id).limit(bindparam("count"))


FIND = select(*SHOWN).where(OWNED_TASK)
ADD = insert(tasks).returning(*SHOWN)
CHANGE = update(tasks).where(OWNED_TASK).returning(*SHOWN)
REMOVE = delete(tasks).where(OWNED_TASK).returning(tasks.c.id)
REMOVE_ALL = {status: delete(tasks).where(*IN_STATUS[status]) for status in Status}
UPSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@cache
def put_statement(dialect: str) -> ReturningInsert[*tuple[Any, ...]]:
    """Insert or replace in one atomic step, so that two PUTs and a DELETE may race."""
    new = UPSERT[dialect](tasks)
    kept = {"owner_id", "id", "created_at", "replaced"}
    changed = {column.name: column for column in new.excluded if column.name not in kept}
    return new.on_conflict_do_update(
        index_elements=[tasks.c.owner_id, tasks.c.id],
        set_={**changed, "replaced": true()},
    ).returning(*SHOWN, tasks.c.replaced)


async def find_page(
    connection: Connection, owner: str, query: TaskQuery, after: Position | None
) -> tuple[Sequence[Row], Position | None]:
    """The page after a position, and the position to go on from, if there is more."""
    sort, limit, needle = query.sort, query.limit, query.q.casefold()
    statement = page_statement(
        sort, query.status, searching=bool(needle), continuing=after is not None
    )
    parameters: dict[str, Any] = {"owner": owner, "count": limit + 1}
    if needle:
        parameters["needle"] = needle
    if after is not None:
        parameters |= {"last_key": after.key, "last_id": after.id}
    rows = await connection.fetch(statement, parameters)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    key = last[-1] if sort is Sort.DUE else last[CREATED_AT]
    return rows[:limit], Position(key, last[0])


async def find(connection: Connection, owner: str, task_id: str) -> Row | None:
    """The owner's task of that id."""
    return first(await connection.fetch(FIND, {"owner": owner, "task_id": task_id}))


async def add(connection: Connection, owner: str, values: Mapping[str, Any]) -> Row:
    """A new task under a fresh id."""
    [row] = await connection.fetch(ADD, whole_row(owner, str(uuid4()), values))
    return row


async def put(
    connection: Connection, owner: str, task_id: str, values: Mapping[str, Any]
) -> tuple[Row, bool]:
    """The task under the client's id, and whether it was created; a replaced one keeps its
    `created_at`."""
    statement = put_statement(connection.dialect)
    [row] = await connection.fetch(statement, whole_row(owner, task_id, values))
    return row, not row[-1]


async def change(
    connection: Connection, owner: str, task_id: str, changes: Mapping[str, Any]
) -> Row | None:
    """The owner's task with some fields changed; no change at all leaves it untouched."""
    if not changes:
        return await find(connection, owner, task_id)
    parameters = {
        **changes,
        **derived(changes),
        "updated_at": now(),
        "owner": owner,
        "task_id": task_id,
    }
    return first(await connection.fetch(CHANGE, parameters))


async def remove(connection: Connection, owner: str, task_id: str) -> bool:
    """Delete the owner's task of that id; whether there was one."""
    return bool(await connection.fetch(REMOVE, {"owner": owner, "task_id": task_id}))


async def remove_all(connection: Connection, owner: str, status: Status) -> None:
    """Delete the owner's tasks of that status."""
    await connection.fetch(REMOVE_ALL[status], {"owner": owner})


def first(rows: Sequence[Row]) -> Row | None:
    """The one row, if there is one."""
    return rows[0] if rows else None


def whole_row(owner: str, task_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every column of a task that is new as of now."""
    moment = now()
    return {
        "owner_id": owner,
        "id": task_id,
        "created_at": moment,
        "updated_at": moment,
        **values,
        **derived(values),
    }


def derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that exist for searching and sorting, for those fields that are given."""
    found: dict[str, Any] = {}
    if "title" in values:
        found["title_folded"] = values["title"].casefold()
    if "description" in values:
        found["description_folded"] = (values["description"] or "").casefold()
    if "due_date" in values:
        due: str | None = values["due_date"]
        found["due_order"] = date.fromisoformat(due).toordinal() if due else NO_DUE_DATE
    return found


def now() -> str:
    """This moment as the API shows it."""
    return show_moment(datetime.now(UTC))
