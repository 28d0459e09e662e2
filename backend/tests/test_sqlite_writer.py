"""Writes to SQLite: in order of arrival, several in one commit, one failing alone."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select

from taskapi.database import Connection, limits
from taskapi.database.sqlite import SqliteDatabase
from taskapi.database.sqlite_file import SqliteConnection
from taskapi.errors import DatabaseAway
from taskapi.owned.account_deletion import deleted_accounts
from tests.conftest import migrated

NOTE = insert(deleted_accounts).values(owner_id=bindparam("who"), deleted_at=bindparam("at"))


async def note(connection: Connection, who: str, at: int) -> None:
    await connection.fetch(NOTE, {"who": who, "at": at})


async def fail(connection: Connection) -> None:
    await note(connection, "nobody", 0)
    raise RuntimeError("halfway")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.sqlite"
    migrated(str(path))
    return path


def noted(file: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as other:
        return other.execute("SELECT owner_id FROM deleted_accounts ORDER BY rowid").fetchall()


def test_what_waits_is_committed_together_and_in_order(file: Path) -> None:
    async def scenario() -> list[str]:
        database = SqliteDatabase(str(file))
        await database.write(note, "first", 0)
        assert database.file.writer
        ended: list[str] = []
        database.file.writer.raw.set_trace_callback(ended.append)
        database.file.writing.acquire()
        writes = [asyncio.create_task(database.write(note, f"{n:03}", n)) for n in range(50)]
        await asyncio.sleep(0.2)
        assert not any(write.done() for write in writes)
        database.file.writing.release()
        await asyncio.gather(*writes)
        assert len(noted(file)) == 51  # acknowledged, so another process sees it
        await database.close()
        return [sql for sql in ended if sql == "COMMIT"]

    assert len(asyncio.run(scenario())) <= 2  # the first may have been taken alone
    assert [who for (who,) in noted(file)] == ["first", *(f"{n:03}" for n in range(50))]


def test_one_that_fails_fails_alone(file: Path) -> None:
    async def scenario() -> list[object]:
        database = SqliteDatabase(str(file))
        await database.write(note, "first", 0)
        database.file.writing.acquire()
        writes = [
            asyncio.create_task(database.write(fail) if n == 5 else database.write(note, f"{n}", n))
            for n in range(10)
        ]
        await asyncio.sleep(0.2)
        database.file.writing.release()
        outcomes: list[object] = [*await asyncio.gather(*writes, return_exceptions=True)]
        await database.close()
        return outcomes

    outcomes = asyncio.run(scenario())
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [RuntimeError]
    assert [who for (who,) in noted(file)] == ["first", *(str(n) for n in range(10) if n != 5)]


def test_one_owner_holds_up_no_other(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SQLITE_WRITES_PER_OWNER", 4)
    order: list[str] = []

    async def noted_down(connection: Connection, who: str) -> None:
        order.append(who)

    async def scenario() -> None:
        database = SqliteDatabase(str(file))
        await database.write(note, "first", 0)
        database.file.writing.acquire()
        many = [asyncio.create_task(database.write(noted_down, "many")) for _ in range(50)]
        await asyncio.sleep(0.05)
        one = asyncio.create_task(database.transaction(noted_down, "one"))
        await asyncio.sleep(0.05)
        database.file.writing.release()
        await asyncio.gather(one, *many)
        await database.close()
        assert not database.shares.taken

    asyncio.run(scenario())
    assert len(order) == 51
    assert order.index("one") == 4


def test_a_writer_that_waited_too_long_does_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused must not happen afterwards."""

    async def scenario() -> None:
        database = SqliteDatabase(str(file))
        await database.write(note, "first", 0)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with monkeypatch.context() as patched:
                patched.setattr(limits, "WAIT_SECONDS", 0.3)
                with pytest.raises(DatabaseAway):
                    await database.write(note, "late", 1)
        await database.write(note, "after", 2)
        await database.close()

    asyncio.run(scenario())
    assert [who for (who,) in noted(file)] == ["first", "after"]


def test_one_that_waited_too_long_takes_no_other_along(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAIT_SECONDS", 3)

    async def scenario() -> list[BaseException | None]:
        database = SqliteDatabase(str(file))
        await database.write(note, "first", 0)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writes = []
            for at, pause in enumerate((0.3, 2.2, 0)):
                writes.append(asyncio.create_task(database.write(note, f"{at}", at)))
                await asyncio.sleep(pause)
            await asyncio.wait(writes[:2])
            assert not writes[2].done()
        ends = await asyncio.gather(*writes, return_exceptions=True)
        await database.close()
        return ends

    ends = asyncio.run(scenario())
    assert [type(end) for end in ends] == [DatabaseAway, DatabaseAway, type(None)]
    assert noted(file) == [("first",), ("2",)]


def test_no_thread_is_left(file: Path) -> None:
    async def scenario() -> None:
        database = SqliteDatabase(str(file))
        await asyncio.gather(*(database.write(note, f"{n}", n) for n in range(20)))
        await database.close()

    before = threading.active_count()
    asyncio.run(scenario())
    assert len(noted(file)) == 20
    assert threading.active_count() <= before


def test_the_log_begins_anew_though_somebody_always_searches(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite by itself waits for a moment when nobody reads."""
    monkeypatch.setattr(limits, "SQLITE_LOG_BYTES", 2**20)
    database = SqliteDatabase(str(file))

    async def read_long(connection: Connection) -> None:
        assert isinstance(connection, SqliteConnection)
        connection.raw.execute("BEGIN")
        connection.raw.execute("SELECT count(*) FROM deleted_accounts").fetchone()
        time.sleep(limits.SEARCH_SECONDS * 0.7)  # noqa: ASYNC251 - in a thread of the searches
        connection.raw.execute("COMMIT")

    async def search(owner: str, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            with suppress(DatabaseAway):  # no turn in time: the log is begun anew
                await database.search(owner, read_long)

    async def scenario() -> None:
        begun = time.monotonic()
        searches = [asyncio.create_task(search(owner, at)) for owner, at in (("a", 0), ("b", 0.7))]
        while database.file.log_size() < 2**20:
            await database.write(note, f"{time.monotonic()} {'x' * 20_000}", 0)
        while database.file.log_size() >= 2**20:
            assert time.monotonic() < begun + 60
            await database.write(note, f"{time.monotonic()}", 0)
            await asyncio.sleep(0.1)
        for each in searches:
            each.cancel()
        await asyncio.wait(searches)
        await database.close()

    asyncio.run(scenario())


def test_a_log_that_somebody_reads_for_long_is_left_until_it_has_grown_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SQLITE_LOG_BYTES", 2**20)
    database = SqliteDatabase(str(file))

    async def read(connection: Connection) -> int:
        return len(await connection.fetch(select(deleted_accounts.c.deleted_at), {}))

    async def scenario() -> None:
        await database.write(note, "first", 0)
        with closing(sqlite3.connect(file, isolation_level=None)) as backup:
            backup.execute("BEGIN")
            backup.execute("SELECT count(*) FROM deleted_accounts").fetchone()
            while (size := database.file.log_size()) < 2**20:
                await database.write(note, f"{size} {'x' * 20_000}", 0)
            found = await database.search("ada", read)
            assert database.shortening is not None
            await database.shortening
            assert database.file.log_size() >= size
            assert database.longest_log >= 2 * 2**20
            assert await database.search("ada", read) == found
            assert database.shortening.done()
        await database.close()

    asyncio.run(scenario())


def test_whoever_writes_for_long_does_not_keep_searches_from_running(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SQLITE_LOG_BYTES", 1)
    link = file.with_name("link.sqlite")
    link.symlink_to(file)
    database = SqliteDatabase(str(link))

    async def read(connection: Connection) -> int:
        return len(await connection.fetch(select(deleted_accounts.c.deleted_at), {}))

    async def scenario() -> None:
        await database.write(note, "first", 0)
        with database.file.writing:
            assert await database.search("ada", read) == 1
            assert database.shortening is not None
            assert await database.search("ada", read) == 1
            assert await database.search("bob", read) == 1
        await database.close()

    asyncio.run(scenario())


def test_what_is_deleted_is_not_overwritten(file: Path) -> None:
    """Where SQLite was built to do so, deleting takes four times as long."""
    database = SqliteDatabase(str(file))
    with database.file.writing:
        [(setting,)] = database.file.for_writing().raw.execute("PRAGMA secure_delete").fetchall()
    database.file.close()
    assert setting == 2  # FAST
