"""No statement reaches owners' rows without naming the owner, also for the next table."""

import asyncio

import pytest
from sqlalchemy import (
    BindParameter,
    Column,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    column,
    delete,
    exists,
    extract,
    func,
    insert,
    lateral,
    literal,
    literal_column,
    or_,
    select,
    table,
    tablesample,
    text,
    true,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import quoted_name

from taskapi.database import Connection, open_database
from taskapi.database.owner_guard import OwnerNotNamed, require_owner
from taskapi.database.statement import Statement, compiler
from taskapi.nouns import metadata
from taskapi.owned.account_deletion import deleted_accounts
from taskapi.settings import Settings

notes = Table("notes", MetaData(), Column("owner_id", Text), Column("id", Text))
tags = Table("tags", notes.metadata, Column("owner_id", Text), Column("note", Text))
links = Table("links", notes.metadata, Column("owner_id", Text), Column("id", Text))
unowned = Table("notes", MetaData(), Column("id", Text))
renamed = Table("notes", MetaData(), Column("owner_id", Text, key="owner"), Column("id", Text))
keyed = Table("notes", MetaData(), Column("id", Text, key="owner_id"))
other = notes.alias("other")
twice = notes.alias("once").alias("twice")
mine = notes.c.owner_id == bindparam("owner")
OWNER: BindParameter[str] = bindparam("owner")
beside = select(tags.c.note).subquery()
beforehand = select(tags.c.note).cte()
removed = delete(tags).returning(tags.c.note).cte()
listed = func.json_each(select(func.max(tags.c.note)).scalar_subquery()).table_valued("value")

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
    "an insertion from": insert(notes).from_select(["owner_id", "id"], select(OWNER, notes.c.id)),
    "a constant for the parameter": select(notes).where(
        notes.c.owner_id == bindparam("owner", "zoe")
    ),
    "joined to what is joined": select(notes)
    .select_from(notes.join(links.join(tags, tags.c.note == links.c.id), links.c.id == notes.c.id))
    .where(mine, links.c.owner_id == OWNER),
    "joined the other way round": select(notes)
    .select_from(links.join(tags, tags.c.note == links.c.id).join(notes, true()))
    .where(mine, links.c.owner_id == OWNER),
    "under two other names": select(twice.c.id),
    "under two other names, by one": select(twice.c.id).where(other.c.owner_id == OWNER),
    "a sample": select(tablesample(tags, 100).c.note),
    "laterally": select(notes, lateral(select(tags.c.note)).c.note).where(mine),
    "an update of another name": update(notes.alias()).where(mine).values(id="x"),  # type: ignore[arg-type]
    "an update to another's": update(notes).where(mine).values(id=tags.c.note),
    "an ordered one": update(notes).where(mine).ordered_values((notes.c.id, tags.c.note)),
    "an update to a sum": update(notes).where(mine).values(id=notes.c.id + tags.c.note),
    "an update to one selected": update(notes)
    .where(mine)
    .values(id=select(tags.c.note).scalar_subquery()),
    "an update that returns another's": update(notes)
    .where(mine)
    .values(id="x")
    .returning(tags.c.note),
    "a deletion using": delete(notes).where(mine, notes.c.id == tags.c.note),
    "a deletion that returns another's": delete(notes).where(mine).returning(tags.c.note),
    "an insertion of one selected": insert(notes).values(
        owner_id=OWNER, id=select(tags.c.note).scalar_subquery()
    ),
    "an upsert of one selected": postgresql.insert(notes)
    .values(owner_id=OWNER, id="x")
    .on_conflict_do_update(
        index_elements=["owner_id", "id"],
        set_={"id": select(tags.c.note).scalar_subquery()},
    ),
    "an update to a subquery's": update(notes).where(mine).values(id=beside.c.note),
    "an update where a subquery's": update(notes)
    .where(mine, notes.c.id == beside.c.note)
    .values(id="x"),
    "an update to a subquery's row": update(notes)
    .where(mine)
    .values(id=func.to_json(beside.table_valued())),
    "an update to a CTE's": update(notes).where(mine).values(id=beforehand.c.note),
    "an update that returns a CTE's": update(notes)
    .where(mine)
    .values(id="x")
    .returning(beforehand.c.note),
    "an update to a deletion's": update(notes).where(mine).values(id=removed.c.note),
    "an update to a lateral's": update(notes)
    .where(mine)
    .values(id=lateral(select(tags.c.note)).c.note),
    "an update to a function's": update(notes).where(mine).values(id=listed.c.value),
    "an update to a subquery's of a subquery": update(notes)
    .where(mine)
    .values(id=select(beside.c.note).subquery().alias().c.note),
    "a deletion using a CTE": delete(notes).where(mine, notes.c.id == beforehand.c.note),
    "a deletion using a subquery": delete(notes).where(mine, notes.c.id == beside.c.note),
    "a deletion in a CTE, using one": select(
        delete(notes).where(mine, notes.c.id == beforehand.c.note).returning(notes.c.id).cte().c.id
    ),
    "in a CTE beside": select(notes).where(mine).add_cte(delete(tags).cte("gone")),
    "in an order": select(notes).where(mine).order_by(select(tags.c.note).scalar_subquery()),
}
UPSERT = postgresql.insert(notes).values(owner_id=OWNER, id="x")
PAIR = select(literal("zoe"), literal("x"))
GIVEN_AWAY = {
    "an insertion for anybody": insert(notes),
    "without an owner": insert(notes).values(id="x"),
    "to somebody": insert(notes).values(owner_id="zoe", id="x"),
    "to another parameter": insert(notes).values(owner_id=bindparam("id"), id="x"),
    "to a constant of that name": insert(notes).values(owner_id=bindparam("owner", "zoe")),
    "several": insert(notes).values([{"owner_id": OWNER, "id": "x"}, {"owner_id": "zoe"}]),
    "selected": insert(notes).from_select(["owner_id", "id"], PAIR),
    "selected in another order": insert(notes).from_select(
        ["id", "owner_id"], select(OWNER, literal("x"))
    ),
    "selected without an owner": insert(notes).from_select(["id"], select(literal("x"))),
    "in a union": insert(notes).from_select(
        ["owner_id"], union_all(select(OWNER), select(literal("zoe")))
    ),
    "in a CTE": select(insert(notes).values(owner_id="zoe").returning(notes.c.id).cte().c.id),
    "an update": update(notes).where(mine).values(owner_id="zoe"),
    "an update by its column": update(notes).where(mine).values({notes.c.owner_id: "zoe"}),
    "an ordered update": update(notes).where(mine).ordered_values((notes.c.owner_id, "zoe")),
    "an update of several columns at once": update(notes)
    .where(mine)
    .values({tuple_(notes.c.owner_id, notes.c.id): PAIR.scalar_subquery()}),
    "an update to an expression": update(notes).where(mine).values(owner_id=func.lower(OWNER)),
    "an upsert": UPSERT.on_conflict_do_update(
        index_elements=["owner_id", "id"], set_={"owner_id": "zoe"}
    ),
    "an upsert over anybody's": UPSERT.on_conflict_do_update(
        index_elements=["id"], set_={"id": "y"}
    ),
    "an upsert over who knows whose": UPSERT.on_conflict_do_update(
        constraint="pk_notes", set_={"id": "y"}
    ),
    "an upsert on SQLite": sqlite.insert(notes)
    .values(owner_id=OWNER, id="x")
    .on_conflict_do_update(index_elements=["id"], set_={"id": "y"}),
}
AS_IT_IS = quoted_name("x, (SELECT max(note) FROM tags)", quote=False)
RAW = {
    "a table without its owner": select(unowned),
    "that, joined": select(notes).join(unowned, unowned.c.id == notes.c.id).where(mine),
    "that, under another name": select(unowned.alias()),
    "that, of a subquery": select(notes).where(mine, exists().where(unowned.c.id == notes.c.id)),
    "an update of that": update(unowned).values(id="x"),
    "a deletion of that": delete(unowned),
    "an insertion into that": insert(unowned).values(id="x"),
    "an owner by another name": select(renamed).where(renamed.c.owner == OWNER),
    "another by the owner's name": select(keyed).where(keyed.c.owner_id == OWNER),
    "a text": text("SELECT * FROM notes"),
    "a table of a text": select(text("*")).select_from(text("notes")),
    "a table without columns": select(column("id")).select_from(table("notes")),
    "a table that is not declared": select(table("notes", column("id"))),
    "a deletion from it": delete(table("notes")),
    "an insertion into it": insert(table("notes", column("id"))).values(id="x"),
    "a text with columns": text("SELECT id FROM notes").columns(column("id")).subquery().select(),
    "a column that is a text": select(literal_column("(SELECT id FROM notes)")),
    "a condition that is a text": select(notes).where(mine, text("1 = 1 OR true")),
    "a prefix": select(notes.c.id).where(mine).prefix_with("(SELECT max(note) FROM tags),"),
    "a prefix of an insertion": insert(notes).values(owner_id=OWNER).prefix_with("OR REPLACE"),
    "a prefix of an update": update(notes).where(mine).values(id="x").prefix_with("OR REPLACE"),
    "a suffix": select(notes.c.id).where(mine).suffix_with("UNION SELECT note FROM tags"),
    "a suffix of a CTE": select(select(notes).where(mine).cte().suffix_with(", x AS (y)").c.id),
    "a hint": select(notes).where(mine).with_hint(notes, "NOT INDEXED"),
    "a hint of a deletion": delete(notes).where(mine).with_hint("NOT INDEXED"),
    "a hint at the end": select(notes).where(mine).with_statement_hint("UNION SELECT note FROM t"),
    "an operator": select(notes.c.id.op("|| (SELECT max(note) FROM tags) ||")("x")).where(mine),
    "an operator of a condition": select(notes).where(mine, notes.c.id.bool_op("= 1 OR 1 =")(1)),
    "a part of a time": select(extract("epoch FROM (SELECT x)) --", notes.c.id)).where(mine),
    "a name that is not quoted": select(notes.c.id.label(AS_IT_IS)).where(mine),
    "a column of such a name": select(column(AS_IT_IS)),
    "a collation of such a name": select(notes.c.id.collate(AS_IT_IS)).where(mine),
    "a schema of such a name": select(
        Table("notes", MetaData(), Column("id", Text), schema=AS_IT_IS).c.id
    ),
    "a type of such a name": select(cast(notes.c.id, postgresql.DOMAIN(AS_IT_IS, Text))).where(
        mine
    ),
    "a type's collation": select(cast(notes.c.id, Text(collation=AS_IT_IS))).where(mine),
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
    "an insertion": insert(notes).values(owner_id=OWNER, id="x"),
    "an insertion from": insert(notes).from_select(
        ["id", "owner_id"], select(literal("x"), bindparam("owner", type_=Text))
    ),
    "an upsert": UPSERT.on_conflict_do_update(
        index_elements=[notes.c.owner_id, notes.c.id], set_={"id": UPSERT.excluded.id}
    ),
    "or nothing": UPSERT.on_conflict_do_nothing(),
    "an update to the owner": update(notes).where(mine).values(owner_id=OWNER),
    "joined to what is joined": select(notes)
    .select_from(notes.join(links.join(tags, tags.c.note == links.c.id), links.c.id == notes.c.id))
    .where(mine, links.c.owner_id == OWNER, tags.c.owner_id == OWNER),
    "under two other names": select(twice).where(twice.c.owner_id == OWNER),
    "an update from": update(notes).where(mine, tags.c.owner_id == OWNER).values(id=tags.c.note),
    "an update from a subquery": update(notes)
    .where(mine)
    .values(id=select(tags.c.note).where(tags.c.owner_id == OWNER).subquery().c.note),
    "a deletion using a CTE": delete(notes).where(
        mine, notes.c.id == select(tags.c.note).where(tags.c.owner_id == OWNER).cte().c.note
    ),
    "a subquery": select(select(notes.c.id).where(mine).subquery()),
    "a function as a table": select(func.json_each(bindparam("list")).table_valued("value")),
    "whether there is one": select(exists().where(mine)),
    "of no owner": select(func.now()),
    "a part of a time": select(extract("epoch", notes.c.id)).where(mine),
    "an operator of SQLAlchemy's": select(notes.c.id.concat("x").collate("C")).where(mine),
    "of all owners, as declared": delete(deleted_accounts),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_statement_that_forgets_the_owner_is_refused(name: str) -> None:
    with pytest.raises(OwnerNotNamed, match=r"^a statement on (notes|tags) .* add \.where\("):
        require_owner(FORGOTTEN[name])


@pytest.mark.parametrize("name", GIVEN_AWAY)
def test_a_statement_that_gives_rows_to_somebody_is_refused(name: str) -> None:
    with pytest.raises(OwnerNotNamed, match=r"^a statement on notes .*owner_id=bindparam"):
        require_owner(GIVEN_AWAY[name])


@pytest.mark.parametrize("statement", [insert(notes), update(notes).where(mine)], ids=str)
def test_nor_by_a_parameter_that_is_named_like_the_column(statement: Statement) -> None:
    """SQLAlchemy writes each parameter of a column's name into that column."""
    with pytest.raises(OwnerNotNamed, match=r"^a statement on notes .*owner_id=bindparam"):
        require_owner(statement, ("owner", "owner_id", "id"))
    with pytest.raises(OwnerNotNamed):
        compiler(sqlite.dialect())(statement, ("owner", "owner_id", "id"))


@pytest.mark.parametrize("name", RAW)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(OwnerNotNamed, match="cannot be told whose rows"):
        require_owner(RAW[name])


@pytest.mark.parametrize(
    "column",
    [
        Column("id", Text, default=select(tags.c.note).scalar_subquery()),
        Column("id", Text, default=text("(SELECT max(note) FROM tags)")),
        Column("id", Text, onupdate=select(tags.c.note).scalar_subquery()),
        Column("owner_id", Text, onupdate=literal("zoe")),
    ],
    ids=["default", "text", "onupdate", "owner"],
)
def test_nor_may_a_column_add_sql_of_its_own(column: Column[str]) -> None:
    """SQLAlchemy writes it into each statement on the table."""
    both = {each.name: each for each in (Column("owner_id", Text), Column("id", Text), column)}
    made = Table("made", MetaData(), *both.values(), Column("title", Text))
    own = made.c.owner_id == OWNER
    for statement in (
        insert(made).values(owner_id=OWNER, title="x"),
        update(made).where(own).values(title="x"),
        select(insert(made).values(owner_id=OWNER).returning(made.c.title).cte().c.title),
    ):
        with pytest.raises(OwnerNotNamed, match=rf"^made\.{column.name} .* in the statement"):
            require_owner(statement)
    require_owner(select(made).where(own))


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
