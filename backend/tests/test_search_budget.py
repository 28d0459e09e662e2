"""One user's searches stand in nobody else's way."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Integer, bindparam, cast, func, literal, select

from taskapi.database import Connection, Database, limits, open_database
from taskapi.database.search_budget import SearchBudget
from taskapi.database.sqlite import SqliteDatabase
from taskapi.errors import DatabaseAway
from taskapi.ownership import Owner
from taskapi.settings import Settings
from taskapi.tasks.schemas import Sort
from taskapi.tasks.table import ORDERS, rows, tasks
from tests.running_time import RunningTime
from tests.statements import VALUES, add, find_page, owner

MANY = 150
SOON = 1.0  # seconds; on a quiet machine it is milliseconds
PROMISE = 5.0

_numbers = select(cast(literal(1), Integer).label("n")).cte("numbers", recursive=True)
_numbers = _numbers.union_all(select(_numbers.c.n + 1))
ENDLESS = select(func.count()).select_from(_numbers)


async def endless(connection: Connection) -> None:
    """The slowest search there could be."""
    await connection.fetch(ENDLESS, {})


def test_a_filter_cannot_say_whose_rows_are_read(settings: Settings) -> None:
    """Nor how many, by parameters that are named like those of the page itself."""
    where = (tasks.c.title == bindparam("owner"),)

    async def scenario() -> None:
        async with opened(settings) as database:
            zoe, ada = owner(str(uuid4())), owner(str(uuid4()))
            await database.write(rows.add, zoe, VALUES | {"title": zoe.id})
            values = {"owner": zoe.id, "count": 100}
            order = ORDERS[Sort.NEWEST]
            found, _ = await database.search(ada.id, rows.page, ada, order, where, values, 20, None)
            assert found == []

    asyncio.run(scenario())


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    database = open_database(settings.database, settings.database_pool_size)
    try:
        yield database
    finally:
        await database.close()


async def watch(gaps: list[float], clock: RunningTime) -> None:
    """Note for how long the event loop stood still."""
    while True:
        before = clock.now()
        await asyncio.sleep(0.01)
        gaps.append(clock.now() - before)


def test_nobody_waits_for_the_searches_of_another(settings: Settings) -> None:
    async def scenario(clock: RunningTime) -> None:
        async with opened(settings) as database:
            victim = str(uuid4())
            await database.write(add, victim)
            gaps: list[float] = []
            watching = asyncio.create_task(watch(gaps, clock))
            began = clock.now()
            searches = [
                asyncio.create_task(database.search("mallory", endless)) for _ in range(MANY)
            ]
            while clock.now() - began < limits.SEARCH_SECONDS:
                asked = clock.now()
                await database.read(find_page, victim)
                await database.write(add, victim)
                rows, _ = await database.search(victim, find_page, victim, "needle")
                assert rows
                assert clock.now() - asked < SOON
            answers = await asyncio.gather(*searches, return_exceptions=True)
            assert clock.now() - began < PROMISE
            assert {type(answer) for answer in answers} == {DatabaseAway}
            watching.cancel()
            assert max(gaps) < SOON

    with RunningTime() as clock:
        asyncio.run(scenario(clock))


def test_nobody_waits_for_the_requests_of_another(settings: Settings) -> None:
    """Whatever those wait for, such as the lock of one row that all of them write."""

    async def hold(_connection: Connection, _owner: Owner) -> None:
        await asyncio.sleep(1)

    async def scenario(clock: RunningTime) -> None:
        async with opened(settings) as database:
            if isinstance(database, SqliteDatabase):
                return  # one write after the other, none of which waits for a lock
            victim = str(uuid4())
            await database.read(find_page, victim)  # over a connection that stays open
            passes = [Owner("mallory", second) for second in range(MANY)]
            held = [asyncio.create_task(database.write(hold, each)) for each in passes[::2]]
            held += [asyncio.create_task(database.read(hold, each)) for each in passes[1::2]]
            await asyncio.sleep(0.1)
            asked = clock.now()
            await database.write(add, victim)
            await database.read(find_page, victim)
            assert clock.now() - asked < SOON / 2
            for request in held:
                request.cancel()
            await asyncio.gather(*held, return_exceptions=True)
            await database.read(find_page, "mallory")

    with RunningTime() as clock:
        asyncio.run(scenario(clock))


def test_a_search_that_nobody_waits_for_ends(settings: Settings) -> None:
    """The next one of the same user gets its turn."""

    async def scenario(clock: RunningTime) -> None:
        async with opened(settings) as database:
            searching = asyncio.create_task(database.search("alice", endless))
            await asyncio.sleep(0.2)
            searching.cancel()
            began = clock.now()
            await database.search("alice", find_page, "alice", "x")
            assert clock.now() - began < SOON

    with RunningTime() as clock:
        asyncio.run(scenario(clock))


def test_a_search_that_ends_before_its_statement_has_begun_ends(settings: Settings) -> None:
    """An interruption is lost on a connection that runs nothing yet."""

    async def late(connection: Connection) -> None:
        time.sleep(0.5)  # noqa: ASYNC251 (a thread that has to wait for its core)
        await endless(connection)

    async def scenario() -> None:
        async with opened(settings) as database:
            searching = asyncio.create_task(database.search("alice", late))
            await asyncio.sleep(0.2)
            searching.cancel()
            await asyncio.wait_for(database.search("alice", find_page, "alice", "x"), PROMISE)

    asyncio.run(scenario())


async def one(budget: SearchBudget, owner: str) -> None:
    async with budget.turn(owner):
        await asyncio.sleep(0)


async def at_once(*owners: str) -> float:
    budget = SearchBudget(2, 1)
    began = time.monotonic()
    await asyncio.gather(*(one(budget, owner) for owner in owners))
    return time.monotonic() - began


async def one_by_one(times: int, pause: float = 0.0) -> float:
    """Seconds that the searches of one owner take, without the pauses between them."""
    budget = SearchBudget(2, 1)
    taken = 0.0
    for _ in range(times):
        began = time.monotonic()
        await one(budget, "alice")
        taken += time.monotonic() - began
        await asyncio.sleep(pause)
    return taken


def quickest(seconds: Callable[..., Coroutine[None, None, float]], *args: float | str) -> float:
    """Of three times, as what the machine does meanwhile only adds."""
    return min(asyncio.run(seconds(*args)) for _ in range(3))


def test_who_searches_without_end_rests_between_searches() -> None:
    """However they come: all at once, or each as soon as the one before has ended."""
    times = 30
    rests = (times - 1 - limits.SEARCHES_WITHOUT_REST) * limits.SEARCH_REST_SECONDS
    assert asyncio.run(at_once(*["mallory"] * times)) >= rests
    began = time.monotonic()  # with the pauses: what the machine does in them is rest too
    asyncio.run(one_by_one(times))
    assert time.monotonic() - began >= rests


def test_nobody_else_rests() -> None:
    few = limits.SEARCHES_WITHOUT_REST
    rests = few * limits.SEARCH_REST_SECONDS
    assert quickest(one_by_one, few) < rests / 2
    assert quickest(one_by_one, 3 * few, 0.025) < rests / 2
    others = quickest(at_once, *(f"owner-{number}" for number in range(MANY)))
    assert others < MANY * limits.SEARCH_REST_SECONDS


def test_owners_are_forgotten() -> None:
    async def scenario() -> None:
        budget = SearchBudget(2, 1)
        await asyncio.gather(*(one(budget, f"owner-{number % 7}") for number in range(50)))
        waiting = asyncio.create_task(one(budget, "alice"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(50 * limits.SEARCH_REST_SECONDS)
        assert not budget.owners

    asyncio.run(scenario())


def test_a_write_of_two_statements_is_refused(settings: Settings) -> None:
    """Each would be committed by itself."""

    async def two(connection: Connection) -> None:
        await add(connection, "alice")
        await add(connection, "alice")

    async def scenario() -> None:
        async with opened(settings) as database:
            with pytest.raises(RuntimeError, match="transaction"):
                await database.write(two)

    asyncio.run(scenario())
