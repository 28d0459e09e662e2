"""Everything that may never happen is noticed: a ledger that cannot fail proves nothing."""

import time

import pytest

from tools.rehearse.ledger import ABSENT, Book, Ledger

TASK, OTHER = "3f0c1c2e-0000-4000-8000-000000000001", "3f0c1c2e-0000-4000-8000-000000000002"


@pytest.fixture
def book() -> Book:
    book = Book(tag="ada:")
    book.trying(TASK, ("ada: one", False))
    book.acknowledged(TASK, ("ada: one", False))
    return book


def row(task: str = TASK, title: str = "ada: one", *, completed: bool = False) -> dict[str, object]:
    return {"id": task, "title": title, "completed": completed}


def kinds(book: Book, *rows: dict[str, object]) -> list[str]:
    return [kind for kind, _ in book.compare(rows)]


def test_what_was_acknowledged_is_no_contradiction(book: Book) -> None:
    assert kinds(book, row()) == []


def test_an_acknowledged_write_that_is_gone_is_lost(book: Book) -> None:
    assert kinds(book) == ["lost"]


def test_an_older_state_is_lost_too(book: Book) -> None:
    assert kinds(book, row(completed=True)) == ["lost"]


def test_a_deletion_that_is_undone_is_lost(book: Book) -> None:
    book.acknowledged(TASK, ABSENT)
    assert kinds(book, row()) == ["lost"]


def test_an_unanswered_write_may_have_happened_or_not(book: Book) -> None:
    book.trying(TASK, ("ada: one", True))
    assert kinds(book, row()) == kinds(book, row(completed=True)) == []
    assert kinds(book) == ["lost"]
    assert book.certain() == []


def test_an_unanswered_post_may_have_happened_once(book: Book) -> None:
    book.loose.add("ada: two")
    assert kinds(book, row()) == []
    assert kinds(book, row(), row(OTHER, "ada: two")) == []
    again = "3f0c1c2e-0000-4000-8000-000000000003"
    assert kinds(book, row(), row(OTHER, "ada: two"), row(again, "ada: two")) == ["doubled"]


def test_a_row_listed_twice_is_doubled(book: Book) -> None:
    assert kinds(book, row(), row()) == ["doubled"]


def test_a_row_of_somebody_else_is_foreign(book: Book) -> None:
    assert kinds(book, row(), row(OTHER, "bob: one")) == ["foreign"]


def test_an_error_is_allowed_while_something_is_broken_and_nowhere_else() -> None:
    ledger = Ledger()
    ledger.begin("kill -9")
    ledger.failure("ada", "PUT: 503")
    assert ledger.violations == []
    ledger.end()
    ledger.failure("ada", "PUT: 503")
    assert ledger.violations == [("failed", "ada: PUT: 503 [nothing broken]")]


def test_only_a_post_to_a_killed_copy_may_go_unanswered() -> None:
    ledger = Ledger()
    ledger.begin("kill -9", kills=True)
    ledger.unanswered("ada", "POST /api/users/ada/tasks")
    assert ledger.violations == []
    ledger.unanswered("ada", "PUT /api/users/ada/tasks/1")
    ledger.end()
    ledger.begin("PostgreSQL restarted")
    ledger.unanswered("ada", "POST /api/users/ada/tasks")
    assert [kind for kind, _ in ledger.violations] == ["unshaped", "unshaped"]


def test_recovered_means_that_everybody_has_written_read_and_renewed() -> None:
    ledger, moment = Ledger(), time.monotonic()
    for who in ("ada", "bob"):
        for kind in ("write", "read", "renew"):
            assert not ledger.all_succeeded_since(moment, ["ada", "bob"])
            ledger.success(who, kind)
    assert ledger.all_succeeded_since(moment, ["ada", "bob"])
    assert not ledger.all_succeeded_since(time.monotonic(), ["ada", "bob"])
