"""Tasks in the database: the columns, how they are listed, and what is kept beside the fields."""

from datetime import date

from sqlalchemy import Boolean, Column, Integer, Text

from taskapi.owned.columns import DAY, owned_table
from taskapi.owned.dialects import contains
from taskapi.owned.rows import Order, Rows, Where, folded
from taskapi.tasks.schemas import Sort, Status, Task, TaskQuery

NO_DUE_DATE = 2**31 - 1  # in `due_order`: after the day number of every date

tasks = owned_table(
    "tasks",
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("completed", Boolean, nullable=False),
    Column("due_date", DAY),
    Column("title_folded", Text, nullable=False),
    Column("description_folded", Text, nullable=False),
    Column("due_order", Integer, nullable=False),
    lists=[
        ["created_at"],
        ["due_order"],
        ["completed", "created_at"],
        ["completed", "due_order"],
    ],
)


def day_number(day: str | None) -> int:
    """A date as a number (date.toordinal), so that undated tasks come last on both databases."""
    return date.fromisoformat(day).toordinal() if day else NO_DUE_DATE


rows = Rows(
    tasks,
    Task,
    derived={
        "title_folded": ("title", folded),
        "description_folded": ("description", folded),
        "due_order": ("due_date", day_number),
    },
)
ORDERS: dict[Sort, Order] = {
    Sort.NEWEST: Order(tasks.c.created_at, descending=True),
    Sort.OLDEST: Order(tasks.c.created_at),
    Sort.DUE: Order(tasks.c.due_order),
}
IN_STATUS: dict[Status, Where] = {
    Status.ALL: (),
    Status.OPEN: (tasks.c.completed.is_(False),),
    Status.DONE: (tasks.c.completed.is_(True),),
}
MATCHES: Where = (contains(tasks.c.title_folded, tasks.c.description_folded),)


def conditions(query: TaskQuery) -> tuple[Where, dict[str, str]]:
    """Which tasks a query means, and the parameters of that; with some it is a search."""
    where = IN_STATUS[query.status]
    if query.q:
        return (*where, *MATCHES), {"needle": folded(query.q)}
    return where, {}
