"""Tasks written and listed below HTTP, for tests of how statements are carried."""

import time
from collections.abc import Sequence

from taskapi.database import Connection, Row
from taskapi.owned.cursor import Position
from taskapi.ownership import Owner
from taskapi.tasks.schemas import Sort, TaskInput
from taskapi.tasks.table import MATCHES, ORDERS, rows

VALUES = TaskInput(title="A needle").model_dump()


def owner(owner_id: str) -> Owner:
    """Somebody with a pass of now."""
    return Owner(owner_id, int(time.time()))


async def add(connection: Connection, owner_id: str) -> Row | None:
    """A new task of that owner's."""
    return await rows.add(connection, owner(owner_id), VALUES)


async def find_page(
    connection: Connection, owner_id: str, needle: str = ""
) -> tuple[Sequence[Row], Position | None]:
    """The first page of that owner's tasks, or of those with the needle in them."""
    where, values = (MATCHES, {"needle": needle}) if needle else ((), {})
    order = ORDERS[Sort.NEWEST]
    return await rows.page(connection, owner(owner_id), order, where, values, 20, None)
