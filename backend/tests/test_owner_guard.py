"""No statement reaches owners' rows without naming the owner, also for the next table."""

import asyncio

import pytest
from sqlalchemy import (
    Column,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from taskapi.database import Connection, open_database
from taskapi.database.owner_guard import OwnerNotNamed, require_owner
from taskapi.database.statement import Statement
from taskapi.nouns import metadata
from taskapi.owned.account_deletion import deleted_accounts
from taskapi.settings import Settings

notes = Table("notes", MetaData(), Column("owner_id", Text), Column("id", Text))
tags = Table("tags", notes.metadata, Column("owner_id", Text), Column("note", Text))
other = notes.alias("other")
mine = notes.c.owner_id == bindparam("owner")

FORGOTTEN = {
    "all": select(notes),
    "one by its id": select(notes).where(notes.c.id == bindparam("id")),
    "another parameter": select(notes).where(notes.c.owner_id == bindparam("id")),
    "a value": select(notes).where(notes.c.owner_id == "somebody"),
    "the other way round": select(notes).where(notes.c.owner_id != bindparam("owner")),
    "one of two": select(notes).where(or_(mine, notes.c.id == bindparam("id"))),
    "not": select(notes).where(~mine),
    "a count": select(func.count()).select_from(notes),
    "under another name": select(other).where(mine),
    "joined": select(notes).join(tags, tags.c.note == notes.c.id).where(mine),
    "beside": select(notes, tags.c.note).where(mine),
    "in a subquery": select(notes).where(mine, notes.c.id.in_(select(tags.c.note))),
    "in an EXISTS": select(notes).where(mine, exists().where(tags.c.note == notes.c.id)),
    "in a CTE": select(select(notes).cte().c.id),
    "in a union": union_all(select(notes).where(mine), select(notes)),
    "as a column": select(select(func.count(tags.c.note)).scalar_subquery()),
    "an update": update(notes).where(notes.c.id == bindparam("row")).values(id="x"),
    "an update from": update(notes).where(mine, notes.c.id == tags.c.note).values(id="x"),
    "a deletion": delete(notes),
    "an insertion from": insert(notes).from_select(["owner_id", "id"], select(notes)),
}
NAMED = {
    "a list": select(notes).where(mine),
    "one": select(notes).where(mine, notes.c.id == bindparam("id")),
    "under another name": select(other).where(other.c.owner_id == bindparam("owner")),
    "joined": select(notes)
    .join(tags, tags.c.note == notes.c.id)
    .where(mine, tags.c.owner_id == bindparam("owner")),
    "an update": update(notes).where(mine).values(id="x"),
    "a deletion": delete(notes).where(mine),
    "an insertion": insert(notes),
    "of no owner": select(func.now()),
    "of all owners, as declared": delete(deleted_accounts),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_statement_that_forgets_the_owner_is_refused(name: str) -> None:
    with pytest.raises(OwnerNotNamed, match=r"^a statement on (notes|tags) .* add \.where\("):
        require_owner(FORGOTTEN[name])


@pytest.mark.parametrize("name", NAMED)
def test_a_statement_that_names_the_owner_is_not(name: str) -> None:
    require_owner(NAMED[name])


@pytest.mark.parametrize("table", metadata.tables.values(), ids=str)
def test_the_database_runs_no_such_statement(settings: Settings, table: Table) -> None:
    async def scenario(statement: Statement) -> None:
        async def everybodys(connection: Connection) -> object:
            return await connection.fetch(statement, {})

        database = open_database(settings.database, 2)
        try:
            for run in (database.read, database.write, database.transaction):
                with pytest.raises(OwnerNotNamed):
                    await run(everybodys)
        finally:
            await database.close()

    if table is not deleted_accounts:
        asyncio.run(scenario(select(table)))
