"""A very long list: page after page as one scrolls, each task once, and still quick to use."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import create_engine, insert

from e2e.pages import eventually, expect_dashboard, task
from e2e.people import Person
from taskapi.owned.columns import show_moment
from taskapi.owned.rows import whole_row
from taskapi.tasks.table import rows as task_rows
from taskapi.tasks.table import tasks

COUNT = 1500


def add_many(person: Person, count: int = COUNT) -> list[str]:
    """Adds tasks to the database itself, nine at each moment; their titles, newest first."""
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(count):
        moment = show_moment(begun + timedelta(minutes=number // 9))
        values = {
            "title": f"Task {number}",
            "description": None,
            "completed": False,
            "due_date": None,
            "created_at": moment,
            "updated_at": moment,
        }
        rows.append(whole_row(person.id, str(uuid4()), values | task_rows.follow(values)))
    engine = create_engine(f"sqlite:///{person.stack.extra['DATABASE_URL']}")
    with engine.begin() as connection:
        connection.execute(insert(tasks), rows)
    engine.dispose()
    newest_first = sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    return [row["title"] for row in newest_first]


def titles(page: Page) -> list[str]:
    names = "inputs => inputs.map(input => input.getAttribute('aria-label'))"
    found: list[str] = page.locator("[data-task] input").evaluate_all(names)
    return found


def test_scrolling_to_the_end_shows_every_task_once(page: Page, person: Person) -> None:
    expected = add_many(person)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    rows = page.locator("[data-task]")
    more = page.get_by_role("button", name=re.compile("Show more|Loading more"))
    expect(rows).to_have_count(50)

    def is_at_the_end() -> bool:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        return more.count() == 0

    eventually(page, is_at_the_end, seconds=180)
    assert titles(page) == expected

    far_down = expected[-3]
    task(page, far_down).check()
    expect(task(page, far_down)).to_be_checked()
    eventually(page, lambda: completed(person) == [far_down])
    page.get_by_role("button", name=f"Delete {expected[-1]}", exact=True).click()
    expect(rows).to_have_count(COUNT - 1)
    expect(task(page, expected[-2])).to_be_in_viewport()
    assert titles(page) == expected[:-1]


def completed(person: Person) -> list[str]:
    answer = person.api.get(person.tasks_path, params={"status": "done"})
    return [each["title"] for each in answer.json()["items"]]


@pytest.mark.parametrize("status", [404, 429, 500])
def test_a_later_page_that_fails_is_not_asked_for_again_and_again(
    page: Page, person: Person, status: int
) -> None:
    add_many(person, 120)
    asked: list[str] = []

    def refuse(route: Route) -> None:
        if "cursor=" not in route.request.url or route.request.method == "OPTIONS":
            route.continue_()
            return
        asked.append(route.request.url)
        headers = {"Access-Control-Allow-Origin": person.stack.web_url, "Retry-After": "1"}
        route.fulfill(status=status, json={}, headers=headers)

    page.route(f"{person.stack.api_url}/api/users/**", refuse)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.wait_for_timeout(3000)
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(500)
    assert len(asked) == 1
    expect(page.get_by_label("Notices").get_by_role("button", name="Dismiss")).to_have_count(0)
    page.unroute_all()
    again.click()
    expect(page.locator("[data-task]")).to_have_count(100)
