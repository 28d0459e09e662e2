"""What a person sees when the network or the API refuses, and that nothing is lost by it."""

import contextlib
import re
import sqlite3

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from e2e.pages import add_task, eventually, expect_dashboard, task
from e2e.people import Person, sign_up
from tools.stack import Stack

CONNECTION_LOST = re.compile("connection lost", re.IGNORECASE)


def test_offline_and_back(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    add_task(page, "Before the tunnel")
    page.context.set_offline(True)
    task(page, "Before the tunnel").click()
    expect(page.get_by_text(CONNECTION_LOST).first).to_be_visible(timeout=10_000)
    page.context.set_offline(False)
    expect(page.get_by_text(CONNECTION_LOST)).to_have_count(0, timeout=45_000)
    page.reload()
    expect(task(page, "Before the tunnel")).to_be_checked()


def test_a_500_tells_the_request_id(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    add_task(page, "Anything")
    eventually(page, lambda: person.titles() == ["Anything"])

    def broken(route: Route) -> None:
        if route.request.method == "OPTIONS":
            route.continue_()
            return
        body = {
            "detail": "Something went wrong on our side. It has been logged.",
            "status_code": 500,
            "error_type": "internal_error",
            "request_id": "abc-123",
        }
        headers = {"Access-Control-Allow-Origin": person.stack.web_url}
        route.fulfill(status=500, json=body, headers=headers)

    page.route(f"{person.stack.api_url}/api/users/**", broken)
    task(page, "Anything").click()
    expect(page.get_by_text("abc-123").first).to_be_visible()
    expect(task(page, "Anything")).not_to_be_checked()
    expect_dashboard(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_without_its_database_can_be_read(
    browser: Browser, copy_to_break: Stack, scripts: bool
) -> None:
    person = sign_up(copy_to_break)
    base = copy_to_break.web_url
    context = person.enter(browser.new_context(base_url=base, java_script_enabled=scripts))
    page = context.new_page()
    with contextlib.closing(sqlite3.connect(copy_to_break.extra["AUTH_DATABASE_URL"])) as accounts:
        accounts.execute("ALTER TABLE session RENAME TO moved")
        try:
            answer = page.goto("/dashboard")
            assert answer
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            expect(page.get_by_role("heading", name="briefly unavailable")).to_be_visible()
            expect(page.get_by_text(answer.headers["x-request-id"])).to_be_visible()
        finally:
            accounts.execute("ALTER TABLE moved RENAME TO session")
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    context.close()


def test_a_422_lands_on_its_field(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    title = page.get_by_role("textbox", name="New task")
    title.fill("x" * 201)
    page.get_by_role("button", name="Add task").click()
    expect(page.get_by_role("alert").filter(has_text="200")).to_be_visible()
    expect(title).to_have_attribute("aria-invalid", "true")
    assert title.input_value() == "x" * 201


def test_a_422_reopens_the_editor_with_what_was_typed(page: Page, person: Person) -> None:
    person.add_task("Call the plumer")
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    body = {
        "detail": "Some of the input is not valid.",
        "status_code": 422,
        "error_type": "validation_error",
        "request_id": "abc-123",
        "errors": [{"field": "title", "message": "Not this word, please."}],
    }
    headers = {"Access-Control-Allow-Origin": person.stack.web_url}
    page.route(
        f"{person.stack.api_url}/api/users/**",
        lambda route: (
            route.fulfill(status=422, json=body, headers=headers)
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    page.get_by_role("button", name="Edit Call the plumer").click()
    title = page.get_by_role("textbox", name="Title")
    title.fill("Call the plumber")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Not this word")).to_be_visible()
    expect(title).to_have_value("Call the plumber")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    expect(task(page, "Call the plumer")).to_be_visible()


def test_what_is_gone_is_told_and_leaves_the_list(page: Page, person: Person) -> None:
    gone = person.add_task("Gone elsewhere")
    person.add_task("Still there")
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    person.api.delete(f"{person.tasks_path}/{gone['id']}")
    task(page, "Gone elsewhere").click()
    expect(page.get_by_text("Not there any more").first).to_be_visible()
    expect(task(page, "Gone elsewhere")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    task(page, "Still there").click()
    expect(task(page, "Still there")).to_be_checked()


def test_a_tick_that_arrives_at_once_says_nothing_of_being_sent(page: Page, person: Person) -> None:
    person.add_task("Tick me")
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.evaluate("""() => {
      const row = document.querySelector("[data-task]");
      window.heights = [row.offsetHeight];
      new MutationObserver(() => window.heights.push(row.offsetHeight))
        .observe(document, { subtree: true, childList: true, attributes: true });
    }""")
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        task(page, "Tick me").click()
    eventually(page, lambda: page.evaluate("Object.keys(localStorage).length === 0"))
    heights = page.evaluate("window.heights")
    assert len(heights) > 1
    assert len(set(heights)) == 1


def test_nothing_is_applied_twice(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    dropped: list[str] = []

    def drop_the_first_answer(route: Route) -> None:
        if route.request.method in ("PUT", "POST") and not dropped:
            dropped.append(route.request.method)
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(f"{person.stack.api_url}/api/users/**", drop_the_first_answer)
    probes: list[Route] = []
    page.route(f"{person.stack.api_url}/ready", lambda route: probes.append(route))
    add_task(page, "Exactly once")
    expect(page.get_by_text(CONNECTION_LOST).first).to_be_visible()
    page.unroute(f"{person.stack.api_url}/ready")
    for probe in probes:
        probe.continue_()
    eventually(page, lambda: person.titles() == ["Exactly once"])
    expect(page.get_by_text(CONNECTION_LOST)).to_have_count(0, timeout=30_000)
    page.unroute_all(behavior="wait")
    page.reload()
    expect(task(page, "Exactly once")).to_have_count(1)
    assert person.titles() == ["Exactly once"]
    assert dropped
