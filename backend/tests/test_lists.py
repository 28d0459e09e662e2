"""Paging, filtering, searching and sorting."""

import base64
import json
from uuid import uuid4

import pytest

from taskapi.owned.cursor import digest
from tests.callers import Caller

SORTS = ["-created_at", "created_at", "due_date"]


def pages(caller: Caller, query: str) -> list[list[str]]:
    """The titles page by page, following `next_cursor` to its end."""
    found, cursor = [], ""
    while True:
        page = caller.own("GET", f"?{query}{cursor}").json()
        found.append([task["title"] for task in page["items"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def fill(caller: Caller) -> None:
    """Seven tasks in this order: with and without due dates, some of them equal, some done."""
    days = ["2030-01-02", None, "2030-01-01", None, "2030-01-02", "9999-12-31", "0001-01-01"]
    for number, day in enumerate(days):
        caller.add(str(number), due_date=day, completed=number % 2 == 1)


class TestSort:
    def test_newest_first_is_the_default(self, alice: Caller) -> None:
        fill(alice)
        assert alice.titles() == list("6543210") == alice.titles("?sort=-created_at")

    def test_oldest_first(self, alice: Caller) -> None:
        fill(alice)
        assert alice.titles("?sort=created_at") == list("0123456")

    def test_due_date_has_undated_tasks_last(self, alice: Caller) -> None:
        fill(alice)
        titles = alice.titles("?sort=due_date")
        assert titles[:2] + titles[4:5] == ["6", "2", "5"]
        assert {*titles[2:4]} == {"0", "4"}
        assert {*titles[5:]} == {"1", "3"}

    def test_follows_a_changed_due_date(self, alice: Caller) -> None:
        fill(alice)
        task = alice.own("GET", "?sort=due_date").json()["items"][0]
        alice.own("PATCH", f"/{task['id']}", json={"due_date": None})
        assert "6" in alice.titles("?sort=due_date")[-3:]


class TestPaging:
    @pytest.mark.parametrize("sort", SORTS)
    @pytest.mark.parametrize("status", ["all", "open", "done"])
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 100])
    def test_pages_add_up_to_the_whole(
        self, alice: Caller, sort: str, status: str, limit: int
    ) -> None:
        fill(alice)
        whole = alice.titles(f"?sort={sort}&status={status}")
        found = pages(alice, f"sort={sort}&status={status}&limit={limit}")
        assert [title for page in found for title in page] == whole
        assert all(len(page) == limit for page in found[:-1])
        assert 0 < len(found[-1]) <= limit

    def test_twenty_by_default(self, alice: Caller) -> None:
        for number in range(21):
            alice.add(str(number))
        assert [len(page) for page in pages(alice, "")] == [20, 1]

    def test_goes_on_after_the_last_seen_task_was_deleted(self, alice: Caller) -> None:
        fill(alice)
        page = alice.own("GET", "?limit=2").json()
        alice.own("DELETE", f"/{page['items'][1]['id']}")
        assert alice.titles(f"?limit=2&cursor={page['next_cursor']}") == ["4", "3"]

    @pytest.mark.parametrize(
        "limit", ["0", "101", "-1", "x", "", "1.0", "+1", "1_0", "%201", "٣", "9" * 30]
    )
    def test_a_limit_outside_1_to_100_is_refused(self, alice: Caller, limit: str) -> None:
        answer = alice.own("GET", f"?limit={limit}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")

    @pytest.mark.parametrize(
        "query",
        [
            "status=",
            "status=OPEN",
            "status=x",
            "sort=",
            "sort=title",
            "sort=-due_date",
            "status=open&status=done",
            "limit=1&limit=1",
        ],
    )
    def test_an_unknown_choice_is_refused(self, alice: Caller, query: str) -> None:
        assert alice.own("GET", f"?{query}").status_code == 422


class TestCursor:
    def cursor(self, caller: Caller, sort: str = "-created_at") -> str:
        caller.add("1")
        caller.add("2")
        cursor: str = caller.own("GET", f"?limit=1&sort={sort}").json()["next_cursor"]
        return cursor

    def refused(self, caller: Caller, cursor: str, sort: str = "-created_at") -> bool:
        answer = caller.own("GET", "", params={"cursor": cursor, "sort": sort})
        field = answer.json().get("errors", [{}])[0].get("field")
        return (answer.status_code, field) == (422, "cursor")

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "null",
            "0",
            "=",
            "====",
            "a" * 150,
            "a" * 5000,
            "ä",
            "\u0660",
            "-_-_",
            "AAAA AAAA",
            base64.urlsafe_b64encode(b"\xff" * 60).decode(),
            base64.urlsafe_b64encode(b"[]").decode(),
            base64.urlsafe_b64encode(b"[" * 90).decode(),
            base64.urlsafe_b64encode(b'12345678["-created_at",1e999,"x"]').decode(),
        ],
    )
    def test_garbage_is_refused(self, alice: Caller, cursor: str) -> None:
        assert self.refused(alice, cursor)

    def test_another_users_is_refused(self, alice: Caller, bob: Caller) -> None:
        assert self.refused(bob, self.cursor(alice))

    @pytest.mark.parametrize("sort", SORTS)
    @pytest.mark.parametrize("other", SORTS)
    def test_one_of_another_sort_is_refused(self, alice: Caller, sort: str, other: str) -> None:
        assert self.refused(alice, self.cursor(alice, sort), other) == (sort != other)

    @pytest.mark.parametrize("position", range(0, 60, 7))
    def test_a_changed_one_is_refused(self, alice: Caller, position: int) -> None:
        cursor = self.cursor(alice)
        other = "A" if cursor[position] != "A" else "B"
        assert self.refused(alice, cursor[:position] + other + cursor[position + 1 :])
        assert self.refused(alice, cursor + "=")
        assert self.refused(alice, cursor[:-1])

    @pytest.mark.parametrize(
        "body",
        [
            ["-created_at", 10**30, uuid4().hex],
            ["-created_at", -(10**17), uuid4().hex],
            ["-created_at", 1.5, uuid4().hex],
            ["-created_at", True, uuid4().hex],
            ["-created_at", None, None],
            ["-created_at", 1, 1],
            ["-created_at", 1, "zz"],
            ["-created_at", 1, f"{{{uuid4()}}}"],
            ["due_date", 2**31, uuid4().hex],
            ["due_date", -1, uuid4().hex],
            ["created_at", 1],
            {"-created_at": 1},
            "abc",
            7,
        ],
    )
    def test_even_a_rightly_digested_lie_is_no_fault(self, alice: Caller, body: object) -> None:
        raw = json.dumps(body).encode()
        forged = base64.urlsafe_b64encode(digest("tasks", alice.id, raw) + raw).decode().rstrip("=")
        sort = body[0] if isinstance(body, list) else "-created_at"
        assert self.refused(alice, forged, str(sort))


class TestSearch:
    @pytest.mark.parametrize(
        ("title", "q", "found"),
        [
            ("Water the plants", "PLANT", True),
            ("Water the plants", "the  plants", False),
            ("50% off", "50%", True),
            ("500 off", "50%", False),
            ("snake_case", "e_c", True),
            ("snakeXcase", "e_c", False),
            (r"back\slash", "\\", True),
            ("it's", "'", True),
            ('"quoted"', '"', True),
            ("a*b?[c]", "*b?[c", True),
            ("ÄRGER", "ärger", True),
            ("ärger", "ÄRGER", True),
            ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
            ("straße", "STRASSE", True),
            ("ПРИВЕТ", "привет", True),
            ("İstanbul", "i̇stanbul", True),
            ("café", "cafe", False),
            ("🦊 fox", "🦊", True),
            ("a\nb", "A\nB", True),
            ("x", "%", False),
        ],
    )
    def test_is_a_literal_substring_in_any_case(
        self, alice: Caller, title: str, q: str, found: bool
    ) -> None:
        alice.add(title)
        alice.add("Other", description=title)
        answer = alice.own("GET", params={"q": q, "sort": "created_at"})
        titles = [task["title"] for task in answer.json()["items"]]
        assert titles == ([title, "Other"] if found else [])

    def test_does_not_match_across_title_and_description(self, alice: Caller) -> None:
        alice.add("one", description="two")
        assert alice.titles("?q=onetwo") == alice.titles("?q=one%20two") == []

    def test_nothing_asked_is_everything_found(self, alice: Caller) -> None:
        alice.add("x")
        assert alice.titles("?q=") == ["x"]

    def test_follows_changes(self, alice: Caller) -> None:
        path = f"/{alice.add('Old', description='Text')['id']}"
        alice.own("PATCH", path, json={"title": "New"})
        assert (alice.titles("?q=old"), alice.titles("?q=text")) == ([], ["New"])
        alice.own("PUT", path, json={"title": "Newer"})
        assert (alice.titles("?q=text"), alice.titles("?q=newer")) == ([], ["Newer"])

    def test_combines_with_status_and_paging(self, alice: Caller) -> None:
        fill(alice)
        alice.add("x1", completed=True)
        alice.add("x2", completed=True)
        assert pages(alice, "q=X&status=done&limit=1") == [["x2"], ["x1"]]

    @pytest.mark.parametrize("q", ["%00", "a%00b", "%FF", "%ED%A0%80", "%C3"])
    def test_what_no_database_can_hold_is_refused(self, alice: Caller, q: str) -> None:
        assert alice.own("GET", f"?q={q}").status_code == 422
