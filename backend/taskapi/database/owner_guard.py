"""The second lock: no statement reaches a table of owners' rows without naming the owner.

`database/statement.py` asks for each statement that it compiles, so once and not for each request.
The first lock is the path (`ownership.py`); this one is for a statement that forgets.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Delete,
    FromClause,
    Insert,
    Select,
    SelectBase,
    Table,
    TextClause,
    TextualSelect,
    Update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import operators
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    Extract,
    Grouping,
    quoted_name,
)
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping, Join
from sqlalchemy.sql.visitors import ExternallyTraversible, iterate

ADDITIONS = ("_prefixes", "_suffixes", "_hints", "_statement_hints")
NAMES = ("name", "schema", "collation")
UPSERTS = (postgresql.dml.OnConflictDoUpdate, sqlite.dml.OnConflictDoUpdate)


class OwnerNotNamed(TypeError):  # noqa: N818 - a mistake in a statement
    """`str()` names the table and the fix."""


def require_owner(statement: ExternallyTraversible, names: Collection[str] = ()) -> None:
    """Refuse a statement that could touch the rows of more than one owner.

    Each SELECT, UPDATE and DELETE, also inside another statement, must hold every table to
    `table.c.owner_id == bindparam("owner")`, but for those that are declared to have
    `rows_of_all_owners`. An INSERT must write that parameter into the column, an UPDATE nothing
    else; an upsert must replace by a key with the owner in it.
    SQL that is written as text, an operator or a hint too, is refused, for nobody can see what it
    reads; so is what a column of the table adds (`default`, `onupdate`).

    Args:
        names: of the statement's parameters; those of a column's name are written into it.

    Raises:
        OwnerNotNamed: one does not.
    """
    for part in iterate(statement):
        if holds_text(part):
            raise unreadable(part)
        if isinstance(part, Select):
            require_held(part.get_final_froms(), part.whereclause)
        elif isinstance(part, Update | Delete):
            sources = list(mentioned(part))
            require_held(sources, part.whereclause)
            for source in sources:
                if not isinstance(source, Table):
                    require_owner(source, names)  # `iterate` comes to no source of a mere column
        if isinstance(part, Insert | Update):
            require_no_sql_of(part.table)
            for _, name in tables(part.table):
                require_given(part, name, names)


def holds_text(part: object) -> bool:
    """Whether SQL stands in it as it was written."""
    operation = getattr(part, "operator", None), getattr(part, "modifier", None)
    named = (part, getattr(part, "type", None))
    names = [getattr(each, name, None) for each in named for name in NAMES]
    return (
        isinstance(part, TextClause | TextualSelect)
        or (isinstance(part, ColumnClause) and part.is_literal and part.name != "*")  # of count(*)
        or (isinstance(part, Extract) and not part.field.isidentifier())
        or any(isinstance(each, operators.custom_op) for each in operation)
        or any(isinstance(each, quoted_name) and each.quote is False for each in names)
        or any(getattr(part, each, None) for each in ADDITIONS)
    )


def require_held(sources: Iterable[object], condition: object) -> None:
    """Refuse sources of which one is not held to the owner."""
    held = list(columns_held(condition))
    for source in sources:
        for table, name in tables(source):
            if not any(table.c.owner_id is each for each in held):
                raise OwnerNotNamed(
                    f"a statement on {name} does not name the owner: add "
                    f'.where({name}.c.owner_id == bindparam("owner"))'
                )


def require_given(statement: Insert | Update, name: str, names: Collection[str]) -> None:
    """Refuse rows for somebody else than the owner, and the replacement of somebody else's."""
    given = list(owners_given(statement, names))
    if not all(map(is_owner, given)) or (isinstance(statement, Insert) and not given):
        raise OwnerNotNamed(
            f"a statement on {name} could give its rows to anybody: write into owner_id the "
            'parameter alone, owner_id=bindparam("owner")'
        )
    for key in upsert_keys(statement):
        if "owner_id" not in key:
            raise OwnerNotNamed(
                f"a statement on {name} could replace the rows of anybody: begin index_elements "
                'with "owner_id", and write owner_id=bindparam("owner")'
            )


def require_no_sql_of(table: FromClause) -> None:
    """Refuse a table of which a column comes with SQL that no statement shows."""
    for column in table.c:
        for default in (column.default, column.onupdate):
            if default is not None and default.is_clause_element:
                raise OwnerNotNamed(
                    f"{table}.{column.name} adds SQL to each statement: write it in the statement"
                )


def tables(source: object) -> Iterator[tuple[FromClause, str]]:
    """The tables of owners' rows in a FROM, joined or under another name, and what to call them."""
    if isinstance(source, Join):
        yield from tables(source.left)
        yield from tables(source.right)
        return
    if isinstance(source, FromGrouping):
        yield from tables(source.element)
        return
    named: object = source
    while isinstance(named, AliasedReturnsRows):
        named = named.element
    if isinstance(named, Table):
        if not named.info.get("rows_of_all_owners"):
            assert isinstance(source, FromClause)
            if getattr(source.c.get("owner_id"), "name", None) != "owner_id":
                raise unreadable(source)
            yield source, named.name
    elif not isinstance(named, SelectBase | UpdateBase | FunctionElement):  # which stand alone
        raise unreadable(source)


def mentioned(part: ExternallyTraversible) -> Iterator[FromClause]:
    """What an UPDATE or DELETE names outside its subqueries: each table of it comes into FROM."""
    for child in part.get_children():
        if isinstance(child, ColumnClause):
            if child.table is not None:
                yield child.table
        elif isinstance(child, FromClause):
            yield child
        elif not isinstance(child, SelectBase):
            yield from mentioned(child)


def owners_given(statement: Insert | Update, names: Collection[str]) -> Iterator[object]:
    """What a statement writes into `owner_id`, None for what is not known; nothing of many rows."""
    if "owner_id" in names:
        yield None
    written: list[tuple[Any, object]] = [*(statement._values or {}).items()]
    for upsert in upserts(statement):
        written += upsert.update_values_to_set.items()
    if isinstance(statement, Insert) and statement.select is not None:
        if not isinstance(statement.select, Select):
            yield None
        else:
            written += zip(
                statement._select_names or (), statement.select.selected_columns, strict=False
            )
    for column, value in written:
        if getattr(column, "key", column) == "owner_id":
            yield value
        elif not isinstance(column, str | ColumnClause):
            yield None  # several at once, or a part of one


def upserts(statement: Insert | Update) -> list[Any]:
    """What a statement does with a row that is there already."""
    return [child for child in statement.get_children() if isinstance(child, UPSERTS)]


def upsert_keys(statement: Insert | Update) -> Iterator[list[object]]:
    """The columns by which a row is found to be there; none for a constraint's name."""
    for upsert in upserts(statement):
        elements = upsert.inferred_target_elements or ()
        yield [getattr(element, "key", element) for element in elements]


def columns_held(condition: object) -> Iterator[object]:
    """The columns that a condition holds to the parameter `owner`, whatever else it says."""
    if isinstance(condition, Grouping):
        yield from columns_held(condition.element)
    elif isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for clause in condition.clauses:
            yield from columns_held(clause)
    elif (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.eq
        and is_owner(condition.right)
    ):
        yield condition.left


def is_owner(value: object) -> bool:
    """Whether it is the parameter `owner`, which only a request can fill."""
    return isinstance(value, BindParameter) and value.key == "owner" and value.required


def unreadable(part: object) -> OwnerNotNamed:
    return OwnerNotNamed(
        f"of {part} it cannot be told whose rows it reads: write it with Table and its columns"
    )
