"""The task routes as their owner uses them."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from taskapi.main import create_app
from taskapi.owned.rows import Rows
from taskapi.tasks.schemas import Task
from taskapi.tasks.table import rows, tasks
from tests.callers import Caller, user
from tests.conftest import migrated

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class TestAdd:
    def test_anonymous(self, client: TestClient, alice: Caller) -> None:
        stranger = Caller(client, alice.id, None)
        assert stranger.own("POST", json={"title": "x"}).status_code == 401

    def test_answers_the_task_and_where_it_is(self, alice: Caller) -> None:
        answer = alice.own("POST", json={"title": "Water the plants"})
        task = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"{alice.tasks}/{task['id']}"
        assert alice.call("GET", answer.headers["location"]).json() == task
        assert UUID(task["id"]).version == 4
        assert task == {
            "id": task["id"],
            "title": "Water the plants",
            "description": None,
            "completed": False,
            "due_date": None,
            "created_at": task["created_at"],
            "updated_at": task["created_at"],
        }

    def test_timestamps_are_utc_with_microseconds(self, alice: Caller) -> None:
        before = datetime.now(UTC)
        created_at = alice.add()["created_at"]
        assert TIMESTAMP.fullmatch(created_at)
        assert before <= datetime.fromisoformat(created_at) <= datetime.now(UTC)
        assert TIMESTAMP.fullmatch(alice.own("GET").json()["items"][0]["created_at"])

    def test_keeps_every_field(self, alice: Caller) -> None:
        fields = {"description": " as sent ", "completed": True, "due_date": "2028-02-29"}
        task = alice.own("POST", json={"title": "x", **fields}).json()
        assert {name: task[name] for name in fields} == fields

    @pytest.mark.parametrize(
        "user_id", ["Ольга", "a b", "ä/ö", "50%", "🦊", "x" * 300, "..", "a?b#c"]
    )
    def test_location_fits_any_user_id(self, client: TestClient, user_id: str) -> None:
        caller = user(client, f"{user_id}-{uuid4()}")
        if "/" in user_id:  # cannot be told from a path separator once decoded
            assert caller.own("GET").status_code == 404
            return
        answer = caller.own("POST", json={"title": "x"})
        assert answer.headers["location"].isascii()
        assert caller.call("GET", answer.headers["location"]).json() == answer.json()

    def test_location_begins_where_the_api_is_mounted(self, tmp_path: Path) -> None:
        app = create_app(migrated(str(tmp_path / "tasks.sqlite")))
        with TestClient(app, root_path="/v1") as client:
            caller = user(client)
            answer = caller.own("POST", json={"title": "x"})
        assert answer.headers["location"] == f"/v1{caller.tasks}/{answer.json()['id']}"

    def test_a_user_id_that_no_index_can_hold_is_refused(self, client: TestClient) -> None:
        answer = user(client, "x" * 2049).own("POST", json={"title": "x"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "user_id")


class TestPut:
    def test_creates_then_replaces(self, alice: Caller) -> None:
        task_id = uuid4()
        created = alice.own("PUT", f"/{task_id}", json={"title": "One", "description": "d"})
        replaced = alice.own("PUT", f"/{task_id}", json={"title": "Two", "completed": True})
        assert (created.status_code, replaced.status_code) == (201, 200)
        assert created.headers["location"] == f"{alice.tasks}/{task_id}"
        assert "location" not in replaced.headers
        one, two = created.json(), replaced.json()
        assert (two["title"], two["description"], two["completed"]) == ("Two", None, True)
        assert two["created_at"] == one["created_at"]
        assert two["updated_at"] > one["updated_at"]
        assert alice.own("GET").json()["items"] == [two]

    def test_replaces_what_post_created_and_patch_changed(self, alice: Caller) -> None:
        path = f"/{alice.add()['id']}"
        alice.own("PATCH", path, json={"completed": True})
        assert alice.own("PUT", path, json={"title": "Put"}).status_code == 200

    def test_creates_again_after_a_delete(self, alice: Caller) -> None:
        path = f"/{uuid4()}"
        for _ in range(2):
            assert alice.own("PUT", path, json={"title": "x"}).status_code == 201
            assert alice.own("DELETE", path).status_code == 204

    def test_is_one_task_however_the_id_is_written(self, alice: Caller) -> None:
        task_id = str(uuid4())
        assert alice.own("PUT", f"/{task_id.upper()}", json={"title": "x"}).json()["id"] == task_id
        assert alice.own("PUT", f"/{task_id}", json={"title": "x"}).status_code == 200


class TestPatch:
    @pytest.mark.parametrize(
        "change",
        [
            {"title": "New"},
            {"description": "New"},
            {"description": None},
            {"completed": True},
            {"due_date": "2030-01-01"},
            {"due_date": None},
        ],
    )
    def test_changes_only_what_is_sent(self, alice: Caller, change: dict[str, object]) -> None:
        task = alice.add(description="Old", due_date="2029-01-01")
        answer = alice.own("PATCH", f"/{task['id']}", json=change)
        changed = answer.json()
        assert answer.status_code == 200
        assert changed["updated_at"] > task["updated_at"]
        assert changed == task | change | {"updated_at": changed["updated_at"]}
        assert alice.own("GET", f"/{task['id']}").json() == changed

    def test_nothing_sent_is_nothing_changed(self, alice: Caller) -> None:
        task = alice.add()
        answer = alice.own("PATCH", f"/{task['id']}", json={})
        assert (answer.status_code, answer.json()) == (200, task)

    @pytest.mark.parametrize("body", [{}, {"title": "x"}])
    def test_a_missing_task_is_not_found(self, alice: Caller, body: dict[str, str]) -> None:
        assert alice.own("PATCH", f"/{uuid4()}", json=body).status_code == 404


class TestDelete:
    def test_one(self, alice: Caller) -> None:
        kept, gone = alice.add("Kept"), alice.add("Gone")
        answer = alice.own("DELETE", f"/{gone['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert alice.own("DELETE", f"/{gone['id']}").status_code == 404
        assert alice.own("GET", f"/{gone['id']}").status_code == 404
        assert alice.own("GET").json()["items"] == [kept]

    @pytest.mark.parametrize(
        ("query", "left"),
        [("?status=done", ["Open"]), ("?status=open", ["Done"]), ("?status=all", []), ("", [])],
    )
    def test_many(self, alice: Caller, bob: Caller, query: str, left: list[str]) -> None:
        bob.add("Bob's", completed=True)
        alice.add("Open")
        alice.add("Done", completed=True)
        assert alice.own("DELETE", query).status_code == 204
        assert alice.titles() == left
        assert bob.titles() == ["Bob's"]

    @pytest.mark.parametrize(
        "query",
        [
            "?status=",
            "?status=Done",
            "?stauts=done",
            "?status=done&status=open",
            "?status=done&x=1",
        ],
    )
    def test_a_mistyped_query_deletes_nothing(self, alice: Caller, query: str) -> None:
        alice.add("Kept", completed=True)
        assert alice.own("DELETE", query).status_code == 422
        assert alice.titles() == ["Kept"]


class TestOneAmongMany:
    IDS = tuple(f"00000000-0000-4000-8000-00000000000{digit}" for digit in "2468")

    def titles(self, alice: Caller) -> dict[str, str]:
        return {task["id"]: task["title"] for task in alice.own("GET").json()["items"]}

    @pytest.mark.parametrize("chosen", IDS)
    def test_only_the_one_that_was_named(self, alice: Caller, chosen: str) -> None:
        for task_id in self.IDS:
            alice.own("PUT", f"/{task_id}", json={"title": task_id})
        assert alice.own("GET", f"/{chosen}").json()["title"] == chosen
        assert alice.own("PATCH", f"/{chosen}", json={"title": "new"}).json()["id"] == chosen
        assert self.titles(alice) == {**{each: each for each in self.IDS}, chosen: "new"}
        assert alice.own("DELETE", f"/{chosen}").status_code == 204
        assert self.titles(alice) == {each: each for each in self.IDS if each != chosen}

    @pytest.mark.parametrize("digit", "13579")
    def test_a_neighbour_is_not_meant(self, alice: Caller, digit: str) -> None:
        for task_id in self.IDS:
            alice.own("PUT", f"/{task_id}", json={"title": task_id})
        missing = f"/00000000-0000-4000-8000-00000000000{digit}"
        for method, body in (("GET", None), ("PATCH", {"title": "new"}), ("DELETE", None)):
            assert alice.own(method, missing, json=body).status_code == 404
        assert self.titles(alice) == {each: each for each in self.IDS}


class TestMe:
    def test_says_who_the_token_is_for(self, alice: Caller) -> None:
        me = alice.call("GET", "/api/me").json()
        assert me == {"id": alice.id, "email": f"{len(alice.id)}@example.com"}


def test_head_is_get_without_the_content(alice: Caller) -> None:
    alice.add()
    get, head = alice.own("GET"), alice.own("HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


class TestMost:
    """An owner has a bounded number of tasks."""

    @pytest.fixture(autouse=True)
    def three(self, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        few = Rows(tasks, Task, rows.derived, most=3)
        monkeypatch.setattr("taskapi.tasks.routes.tasks.rows", few)

    def test_one_more_is_refused_in_a_sentence(self, alice: Caller, bob: Caller) -> None:
        for number in range(3):
            alice.add(str(number))
        for method, rest in (("POST", ""), ("PUT", f"/{uuid4()}")):
            answer = alice.own(method, rest, json={"title": "x"})
            assert (answer.status_code, answer.json()["error_type"]) == (409, "conflict_error")
            assert answer.json()["detail"] == (
                "You have 3 tasks, which is the limit: delete some first."
            )
        assert alice.titles() == ["2", "1", "0"]
        bob.add("Bob's")

    def test_what_is_there_can_be_changed_and_makes_room(self, alice: Caller) -> None:
        oldest, *_ = [alice.add(str(number)) for number in range(3)]
        path = f"/{oldest['id']}"
        assert alice.own("PUT", path, json={"title": "put"}).status_code == 200
        assert alice.own("PATCH", path, json={"title": "patched"}).status_code == 200
        assert alice.own("DELETE", path).status_code == 204
        alice.add("New")

    def test_the_limit_is_ten_thousand(self) -> None:
        assert rows.most == 10_000
