"""When the database is to blame: every such error becomes `DatabaseAway`, and is logged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from taskapi.errors import DatabaseAway

log = structlog.get_logger("taskapi.database")


@contextmanager
def translated(is_away: Callable[[Exception], bool]) -> Iterator[None]:
    """Raise DatabaseAway for whatever is the database's fault, and let our own faults pass.

    Args:
        is_away: tells the one from the other, for errors of the driver.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and not is_away(error):  # TimeoutError is an OSError
            raise
        log.warning("database_away", error=type(error).__name__, reason=reason(error))
        raise DatabaseAway from error


def reason(error: BaseException) -> str:
    """The first line of what the driver says; it holds no values of ours."""
    return str(error).partition("\n")[0] or "no answer in time"
