"""The second lock: no statement reaches a table of owners' rows without naming the owner.

`database/statement.py` asks for each statement that it compiles, so once and not for each request.
The first lock is the path (`ownership.py`); this one is for a statement that forgets.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnClause, Delete, FromClause, Select, SelectBase, Table, Update
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, Grouping
from sqlalchemy.sql.selectable import AliasedReturnsRows, Join
from sqlalchemy.sql.visitors import ExternallyTraversible, iterate


class OwnerNotNamed(TypeError):  # noqa: N818 - a mistake in a statement
    """`str()` names the table and the fix."""


def require_owner(statement: ExternallyTraversible) -> None:
    """Refuse a statement that could touch the rows of more than one owner.

    Each SELECT, UPDATE and DELETE, also inside another statement, must hold every table that has
    an `owner_id` to `table.c.owner_id == bindparam("owner")`. An INSERT names the owner anyway:
    the column is not null, and every key begins with it.

    Raises:
        OwnerNotNamed: one does not.
    """
    for part in iterate(statement):
        if isinstance(part, Select):
            sources: Iterable[object] = part.get_final_froms()
        elif isinstance(part, Update | Delete):
            sources = [part.table, *mentioned(part.whereclause)]
        else:
            continue
        held = list(columns_held(part.whereclause))
        for source in sources:
            for table, name in tables(source):
                if not any(table.c.owner_id is each for each in held):
                    raise OwnerNotNamed(
                        f"a statement on {name} does not name the owner: add "
                        f'.where({name}.c.owner_id == bindparam("owner"))'
                    )


def tables(source: object) -> Iterator[tuple[FromClause, str]]:
    """The tables of owners' rows in a FROM, joined or under another name, and what to call them."""
    if isinstance(source, Join):
        yield from tables(source.left)
        yield from tables(source.right)
        return
    table = source.element if isinstance(source, AliasedReturnsRows) else source
    if (
        isinstance(source, FromClause)
        and isinstance(table, Table)
        and "owner_id" in table.c
        and not table.info.get("rows_of_all_owners")
    ):
        yield source, table.name


def mentioned(clause: ExternallyTraversible | None) -> Iterator[object]:
    """The tables whose columns a condition mentions outside its subqueries: UPDATE ... FROM."""
    if isinstance(clause, ColumnClause):
        yield clause.table
    elif clause is not None and not isinstance(clause, SelectBase):
        for child in clause.get_children():
            yield from mentioned(child)


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
        and isinstance(condition.right, BindParameter)
        and condition.right.key == "owner"
    ):
        yield condition.left
