"""Statements are described by SQLAlchemy Core, once; each database's driver runs them itself.

Core compiles a statement once for each dialect and each set of parameters. What is left for a
request is the driver's own call: no connection wrapper, no result object, no greenlet.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Delete, Dialect, Insert, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler

from taskapi.database.owner_guard import require_owner

Statement = Select[*tuple[Any, ...]] | Insert | Update | Delete
Row = tuple[Any, ...]
Parameters = Mapping[str, Any]
Processor = Callable[[Any], Any]

MAX_SHAPES = 1024  # far more than there are; a bound, lest a slip fill the memory


class Compiled(NamedTuple):
    """A statement as the driver takes it.

    `names` are its parameters by position, `constants` those that stand in the statement itself;
    `incoming` and `outgoing` convert parameters and columns whose type asks for it, which few do.
    """

    sql: str
    names: tuple[str, ...]
    constants: Parameters
    incoming: Mapping[str, Processor]
    outgoing: tuple[tuple[int, Processor], ...]

    def arguments(self, parameters: Parameters) -> list[Any]:
        """The parameters in the statement's order."""
        given = {**self.constants, **parameters}
        for name, convert in self.incoming.items():
            given[name] = convert(given[name])
        return [given[name] for name in self.names]

    def shown(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with what had to be converted."""
        if not self.outgoing:
            return list(rows)
        converted = []
        for row in rows:
            values = list(row)
            for index, convert in self.outgoing:
                values[index] = convert(values[index])
            converted.append(tuple(values))
        return converted


def compiler(dialect: Dialect) -> Callable[[Statement, tuple[str, ...]], Compiled]:
    """A function that compiles statements for one dialect and remembers them."""

    @lru_cache(MAX_SHAPES)
    def compiled(statement: Statement, names: tuple[str, ...]) -> Compiled:
        require_owner(statement, names)
        done = statement.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(done, SQLCompiler)
        incoming = {
            name: convert
            for name, bind in done.binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        outgoing = (
            (index, column.type.dialect_impl(dialect).result_processor(dialect, None))
            for index, column in enumerate(statement.exported_columns)
        )
        return Compiled(
            str(done),
            tuple(done.positiontup or ()),
            {name: bind.value for name, bind in done.binds.items() if not bind.required},
            incoming,
            tuple((index, convert) for index, convert in outgoing if convert),
        )

    return compiled
