"""Many tasks of many owners, in the task API's table and in the usual one's."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from pydantic import SecretStr

from bench.contestants import SECRET
from taskapi.migrate import migrate
from taskapi.owned.columns import show_moment
from taskapi.owned.rows import MOST_ROWS, whole_row
from taskapi.settings import Settings
from taskapi.tasks.table import rows as task_rows

OWNERS = 1000
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
USUAL = (
    "id",
    "owner_id",
    "title",
    "description",
    "completed",
    "due_date",
    "created_at",
    "updated_at",
)


def long_list(count: int) -> int:
    """How many rows the first owner has: a tenth, or all that an owner may have."""
    return min(count // 10, MOST_ROWS)


def rows(count: int, owners: int = OWNERS) -> Iterator[dict[str, object]]:
    """Rows of the task API's table, oldest first."""
    every = count // long_list(count)
    for number in range(count):
        owner = "user-0" if number % every == 0 else f"user-{1 + number % (owners - 1)}"
        values = {
            "title": f"Task number {number}",
            "description": "Something to be done before long." if number % 3 else None,
            "completed": number % 4 != 0,
            "due_date": f"20{number % 60 + 20}-01-15" if number % 2 else None,
        }
        moment = show_moment(BEGINNING + timedelta(seconds=number))
        row = whole_row(owner, str(uuid4()), {**values, **task_rows.follow(values)})
        yield row | {"created_at": moment, "updated_at": moment}


def fill(url: str, count: int, *, usual: bool, owners: int = OWNERS) -> None:
    """Make the tables in an empty database and put that many rows into them."""
    migrate(Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url)))
    names = tuple(next(rows(10)))
    insert(url, "tasks", names, (tuple(row.values()) for row in rows(count, owners)))
    if usual:
        asyncio.run(create_usual(url))
        insert(url, "usual_tasks", USUAL, (usual_row(url, row) for row in rows(count)))


def insert(
    url: str, table: str, names: tuple[str, ...], values: Iterator[tuple[object, ...]]
) -> None:
    columns = ", ".join(names)
    if "://" not in url:
        marks = ", ".join("?" * len(names))
        connection = sqlite3.connect(url)
        # Four times as fast; what a crash would spoil is thrown away anyway.
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")
        with connection:
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608
            connection.execute("ANALYZE")
        connection.close()
        return
    with psycopg.connect(url, autocommit=True) as postgres:
        with postgres.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
            for row in values:
                copy.write_row(row)
        postgres.execute(f"VACUUM ANALYZE {table}".encode())


async def create_usual(url: str) -> None:
    """The table as the usual application's metadata has it."""
    from sqlalchemy import create_engine

    from bench.usual import Base

    address = url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(address if "://" in url else f"sqlite:///{url}")
    Base.metadata.create_all(engine)
    engine.dispose()


def usual_row(url: str, row: dict[str, object]) -> tuple[object, ...]:
    """The same task as SQLAlchemy's own types keep it."""
    given = {name: row[name] for name in USUAL}
    if "://" not in url:  # a UUID without hyphens, a moment without T and zone
        given["id"] = UUID(str(row["id"])).hex
        for name in ("created_at", "updated_at"):
            given[name] = str(row[name]).replace("T", " ").removesuffix("Z")
    return tuple(given.values())
