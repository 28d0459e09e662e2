"""A deleted account stays deleted: its rows go, and older passes write nothing any more.

The second of a deletion is noted in `deleted_accounts`. Every write asks, in its own statement,
whether its pass was issued after that (`may_write`); reads ask nothing. The note is kept for as
long as such a pass could live; a pass that was issued later works.
"""

import time
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Delete,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from gatepass.verifier import MAX_LEEWAY_SECONDS, MAX_LIFETIME_SECONDS
from taskapi.database.connection import Connection
from taskapi.owned.columns import metadata
from taskapi.owned.dialects import INSERT
from taskapi.ownership import Owner

NOTE_SECONDS = MAX_LIFETIME_SECONDS + MAX_LEEWAY_SECONDS

deleted_accounts = Table(
    "deleted_accounts",
    metadata,
    Column("owner_id", Text, nullable=False),
    Column("deleted_at", BigInteger, nullable=False),  # seconds since the epoch
    PrimaryKeyConstraint("owner_id"),
    info={"rows_of_all_owners": True},
)


class may_write(GenericFunction[bool]):  # noqa: N801 - as a SQL function is written
    """Whether no deletion of that owner was noted in or after that second.

    On PostgreSQL a function of ours (migration 0002): it first takes the owner's lock, shared,
    until the transaction ends, and only then looks. So a deletion, which takes it alone, either
    waits for this write and removes its row, or is seen by it.
    """

    type = Boolean()
    inherit_cache = True


@compiles(may_write, "sqlite")
def no_note(element: may_write, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite has one writer at a time, so looking is enough."""
    owner, issued = element.clauses
    note = deleted_accounts.c
    return compiler.process(
        ~exists().where(note.owner_id == owner, note.deleted_at >= issued), **options
    )


# As a subquery it is asked once, not for each row.
MAY_WRITE = select(may_write(bindparam("owner"), bindparam("issued"))).scalar_subquery()
ASK = select(MAY_WRITE)
LOCK = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("owner"), 0)))
FORGET = delete(deleted_accounts).where(deleted_accounts.c.deleted_at < bindparam("expired"))


@cache
def note_statement(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Note a deletion; of two the later one counts."""
    note = INSERT[dialect](deleted_accounts)
    before, now = deleted_accounts.c.deleted_at, note.excluded.deleted_at
    return note.on_conflict_do_update(
        index_elements=[deleted_accounts.c.owner_id],
        set_={"deleted_at": case((now > before, now), else_=before)},
    )


@cache
def removals() -> tuple[Delete, ...]:
    """One for each noun, those that refer to others first."""
    return tuple(
        delete(table).where(table.c.owner_id == bindparam("owner"))
        for table in reversed(metadata.sorted_tables)
        if table is not deleted_accounts
    )


async def allowed(connection: Connection, owner: Owner) -> bool:
    """Whether a pass is newer than the last deletion of its account."""
    [row] = await connection.fetch(ASK, owner.parameters)
    return bool(row[0])


async def delete_account(connection: Connection, owner: Owner) -> bool:
    """Remove what the owner has, of every noun, and note the second; for one transaction.

    False, and nothing happens, for a pass that an earlier deletion has ended.
    """
    if connection.dialect == "postgresql":
        await connection.fetch(LOCK, {"owner": owner.id})
    if not await allowed(connection, owner):
        return False
    now = int(time.time())
    await connection.fetch(FORGET, {"expired": now - NOTE_SECONDS})
    note = {"owner_id": owner.id, "deleted_at": max(now, owner.issued_at)}
    await connection.fetch(note_statement(connection.dialect), note)
    for removal in removals():
        await connection.fetch(removal, {"owner": owner.id})
    return True
