"""A deleted account stays deleted, also for whoever still has its pass."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from taskapi.database import limits
from taskapi.main import create_app
from taskapi.nouns import metadata
from taskapi.owned import account_deletion
from taskapi.settings import Settings
from tests.callers import Caller, sign, user
from tests.conftest import migrated
from tests.nouns import one_of_each
from tests.test_migrations import engine
from tools.postgres import Postgres

WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "", {"json": {"title": "x"}}),
    ("PUT", "/00000000-0000-4000-8000-0000000000a1", {"json": {"title": "x"}}),
    ("PUT", "/{id}", {"json": {"title": "x"}}),
    ("PATCH", "/{id}", {"json": {"title": "x"}}),
    ("PATCH", "/{id}", {"json": {}}),
    ("DELETE", "/{id}", {}),
    ("DELETE", "", {}),
    ("DELETE", "?status=done", {}),
]


def holder(client: TestClient, user_id: str, issued_at: float) -> Caller:
    """That user with a pass which was issued at that moment."""
    claims = {"sub": user_id, "email": "a@example.com", "iat": issued_at, "exp": issued_at + 86_000}
    return Caller(client, user_id, f"Bearer {sign(claims)}")


def delete_account(caller: Caller) -> int:
    return caller.call("DELETE", caller.home).status_code


class TestDeletion:
    def test_anonymous(self, client: TestClient, alice: Caller) -> None:
        alice.add()
        assert delete_account(Caller(client, alice.id, None)) == 401
        assert len(alice.titles()) == 1

    def test_removes_what_its_owner_has_and_nobody_elses(self, alice: Caller, bob: Caller) -> None:
        bob.add("Bob's")
        for number in range(3):
            alice.add(str(number), completed=number == 1)
        assert delete_account(alice) == 204
        assert (alice.titles(), bob.titles()) == ([], ["Bob's"])
        bob.add("Another")

    def test_leaves_a_row_in_no_table(self, settings: Settings, alice: Caller, bob: Caller) -> None:
        one_of_each(alice)
        delete_account(alice)
        with engine(settings).connect() as connection:
            for table in metadata.sorted_tables:
                owners = set(connection.scalars(select(table.c.owner_id)))
                assert (alice.id in owners) == (table is account_deletion.deleted_accounts)

    @pytest.mark.parametrize(("method", "rest", "options"), WRITES)
    def test_a_write_with_the_old_pass_is_401(
        self, client: TestClient, alice: Caller, method: str, rest: str, options: dict[str, Any]
    ) -> None:
        task = alice.add()
        assert delete_account(alice) == 204
        answer = alice.own(method, rest.format(id=task["id"]), **options)
        assert (answer.status_code, answer.json()["detail"]) == (
            401,
            "Unauthorized - Invalid or expired token",
        )
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert alice.own("GET").json()["items"] == []

    @pytest.mark.parametrize(("method", "rest", "options"), WRITES)
    def test_the_old_pass_does_nothing_to_a_later_passs_tasks(
        self, client: TestClient, alice: Caller, method: str, rest: str, options: dict[str, Any]
    ) -> None:
        now = time.time()
        thief = holder(client, alice.id, now - 100)
        assert delete_account(holder(client, alice.id, now - 1)) == 204
        later = holder(client, alice.id, int(time.time()) + 1)
        task = later.add("Later", completed=True)
        if (method, options) != ("PATCH", {"json": {}}):  # which changes nothing anyway
            assert thief.own(method, rest.format(id=task["id"]), **options).status_code == 401
        assert delete_account(thief) == 401
        assert later.own("GET").json()["items"] == [task]

    def test_a_pass_of_the_same_second_is_old_and_one_of_the_next_is_not(
        self, client: TestClient, alice: Caller
    ) -> None:
        second = int(time.time()) + 4  # its issuer's clock is a little ahead of ours
        assert delete_account(holder(client, alice.id, second)) == 204
        for issued_at, status in ((second, 401), (second + 0.9, 401), (second + 1, 201)):
            answer = holder(client, alice.id, issued_at).own("POST", json={"title": "x"})
            assert answer.status_code == status

    def test_reads_with_the_old_pass_find_nothing(self, alice: Caller) -> None:
        task = alice.add()
        delete_account(alice)
        assert alice.titles() == []
        assert alice.own("GET", f"/{task['id']}").status_code == 404
        assert alice.call("GET", "/api/me").status_code == 200

    def test_a_note_is_kept_as_long_as_such_a_pass_could_live(
        self, settings: Settings, client: TestClient, alice: Caller, bob: Caller
    ) -> None:
        table = account_deletion.deleted_accounts

        def noted(caller: Caller) -> bool:
            with engine(settings).connect() as connection:
                found = select(table.c.owner_id).where(table.c.owner_id == caller.id)
                return connection.scalar(found) is not None

        delete_account(alice)
        for age, kept in ((86_400 + 50, True), (86_400 + 70, False)):
            with engine(settings).begin() as connection:
                aged = table.update().where(table.c.owner_id == alice.id)
                connection.execute(aged.values(deleted_at=int(time.time()) - age))
            delete_account(user(client))
            assert noted(alice) == kept


@pytest.mark.parametrize("attempt", range(10))
def test_nothing_written_meanwhile_outlives_a_deletion(alice: Caller, attempt: int) -> None:
    """Whoever is first: a write that was acknowledged before is gone, one after it is refused."""

    def write(number: int) -> int:
        if number == 5:
            return delete_account(alice)
        if number % 2:
            return alice.own("POST", json={"title": "x"}).status_code
        return alice.own("PUT", f"/{uuid4()}", json={"title": "x"}).status_code

    with ThreadPoolExecutor(11) as threads:
        statuses = list(threads.map(write, range(11)))
    assert statuses[5] == 204
    assert set(statuses) <= {201, 204, 401}
    assert alice.titles() == []


class TestPostgresRaces:
    """The two orders, each held open in the middle by a session of the test's own."""

    @pytest.fixture(params=["read committed", "repeatable read"])
    def dora(
        self, request: pytest.FixtureRequest, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Caller]:
        """Somebody in a database that begins its transactions so by default."""
        monkeypatch.setattr(limits, "WAIT_SECONDS", 20)  # what is held here is not to end
        name = f"races-{uuid4()}"
        self.url = postgres.create(name)
        with psycopg.connect(self.url) as settings:
            settings.execute(
                f'ALTER DATABASE "{name}" SET default_transaction_isolation = '
                f"'{request.param}'".encode()
            )
        with TestClient(create_app(migrated(self.url)), raise_server_exceptions=False) as client:
            yield user(client)

    def test_a_deletion_waits_for_a_write_under_way(self, dora: Caller) -> None:
        dora.add("Before")
        with psycopg.connect(self.url) as other, ThreadPoolExecutor(1) as thread:
            other.execute(
                "INSERT INTO tasks (owner_id, id, title, completed, created_at, updated_at, "
                "title_folded, description_folded, due_order) "
                "SELECT %s, gen_random_uuid(), 'x', false, now(), now(), 'x', '', 1 "
                "WHERE may_write(%s, 9999999999)",
                [dora.id, dora.id],
            )
            deletion = thread.submit(delete_account, dora)
            time.sleep(1)
            assert not deletion.done()
            other.commit()
            assert deletion.result() == 204
        assert dora.titles() == []

    @pytest.mark.parametrize(
        ("method", "rest"), [("POST", ""), ("PUT", "/00000000-0000-4000-8000-0000000000a2")]
    )
    def test_a_write_sees_the_deletion_that_it_waited_for(
        self, dora: Caller, method: str, rest: str
    ) -> None:
        with psycopg.connect(self.url) as other, ThreadPoolExecutor(1) as thread:
            other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [dora.id])
            other.execute("INSERT INTO deleted_accounts VALUES (%s, 9999999999)", [dora.id])
            write = thread.submit(dora.own, method, rest, json={"title": "x"})
            time.sleep(1)
            assert not write.done()
            other.commit()
            assert write.result().status_code == 401
        assert dora.titles() == []

    def test_another_owner_waits_for_nobody(self, dora: Caller) -> None:
        with psycopg.connect(self.url) as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [dora.id])
            user(dora.client).add()


def test_reads_never_look_for_a_deletion(tmp_path: Path) -> None:
    file = tmp_path / "tasks.sqlite"
    with TestClient(create_app(migrated(str(file))), raise_server_exceptions=False) as client:
        erin = user(client)
        task = erin.add()
        with sqlite3.connect(file) as database:
            database.execute("DROP TABLE deleted_accounts")
        database.close()
        assert erin.own("GET").json()["items"] == [task]
        assert erin.own("GET", f"/{task['id']}").json() == task
        assert erin.own("POST", json={"title": "x"}).status_code == 503
