"""Where SQL itself differs between the two databases."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Integer, Table, bindparam, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

# An INSERT that knows ON CONFLICT.
INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class strpos(GenericFunction[int]):  # noqa: N801 - a SQL function's own name
    """Where a literal substring begins, counted from 1; 0 if nowhere."""

    type = Integer()
    inherit_cache = True


@compiles(strpos, "sqlite")
def instr(element: strpos, compiler: SQLCompiler, **options: Any) -> str:
    """The same function under SQLite's name for it."""
    return f"instr{compiler.process(element.clause_expr, **options)}"


def contains(*texts: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether one of the texts has the parameter `needle` in it, letter by letter."""
    return or_(*(strpos(text, bindparam("needle")) > 0 for text in texts))
