"""What a person sees when the API or the network fails, and that nothing is lost by it."""

import re

from playwright.sync_api import Browser, Download, Page, Route, expect

from e2e.conftest import start_backend
from e2e.pages import (
    add_task,
    behind_own_address,
    eventually,
    expect_dashboard,
    expect_login,
    sign_in,
    sign_out,
    task,
)
from e2e.people import Person, sign_up
from tools.stack import Stack

CONNECTION_LOST = re.compile("connection lost", re.IGNORECASE)


def open_dashboard(browser: Browser, person: Person) -> Page:
    context = person.enter(browser.new_context(base_url=person.stack.web_url))
    page = context.new_page()
    page.goto("/dashboard")
    expect_dashboard(page)
    return page


class TestApiAway:
    def test_a_task_typed_meanwhile_is_kept_and_sent_later(
        self, browser: Browser, fragile: Stack
    ) -> None:
        person = sign_up(fragile)
        page = open_dashboard(browser, person)
        add_task(page, "While it was there")
        fragile.stop("backend")
        page.get_by_role("textbox", name="New task").fill("While it was away")
        page.get_by_role("button", name="Add task").click()
        expect(page.get_by_text(CONNECTION_LOST).first).to_be_visible(timeout=10_000)
        expect(page.get_by_text("While it was away").first).to_be_visible()
        start_backend(fragile)
        expect(page.get_by_text(CONNECTION_LOST)).to_have_count(0, timeout=45_000)
        page.reload()
        expect(task(page, "While it was away")).to_have_count(1)
        assert sorted(person.titles()) == ["While it was away", "While it was there"]
        page.context.close()

    def test_the_first_page_says_so_and_recovers(self, browser: Browser, fragile: Stack) -> None:
        person = sign_up(fragile)
        person.add_task("Patience")
        fragile.stop("backend")
        page = open_dashboard(browser, person)
        expect(task(page, "Patience")).to_have_count(0)
        start_backend(fragile)
        expect(task(page, "Patience")).to_be_visible(timeout=45_000)
        page.context.close()

    def test_an_export_says_so_and_works_afterwards(self, browser: Browser, fragile: Stack) -> None:
        person = sign_up(fragile)
        person.add_task("To be exported")
        page = open_dashboard(browser, person)
        page.goto("/account")
        downloads: list[Download] = []
        page.on("download", lambda download: downloads.append(download))
        export = page.get_by_role("button", name="Export my tasks")
        fragile.stop("backend")
        export.click()
        expect(page.get_by_text(CONNECTION_LOST)).to_be_visible()
        page.get_by_label("Name").fill("Ada King")  # the page is of use meanwhile
        page.get_by_role("button", name="Save name").click()
        expect(page.get_by_text("Name changed")).to_be_visible()
        said = page.get_by_label("Notices").get_by_text("cannot be reached right now. Try again")
        expect(said).to_be_visible(timeout=30_000)
        assert downloads == []
        start_backend(fragile)
        expect(page.get_by_text(CONNECTION_LOST)).to_have_count(0, timeout=45_000)
        with page.expect_download() as download:
            export.click()
        assert "To be exported" in download.value.path().read_text()
        page.context.close()


def test_signing_out_with_unsent_tasks_warns(browser: Browser, fragile: Stack) -> None:
    person = sign_up(fragile)
    page = open_dashboard(browser, person)
    behind_own_address(page, fragile)
    fragile.stop("backend")
    add_task(page, "Only here")
    expect(page.get_by_text(CONNECTION_LOST)).to_be_visible(timeout=10_000)

    sign_out(page)
    page.get_by_role("dialog").get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Account menu")).to_be_focused()
    page.reload()
    expect(task(page, "Only here")).to_be_visible()

    sign_out(page)
    page.get_by_role("dialog").get_by_role("button", name="Sign out anyway").click()
    expect_login(page, "signed-out")
    assert "Only here" not in page.evaluate("JSON.stringify({...localStorage})")
    start_backend(fragile)
    sign_in(page, person)
    expect_dashboard(page)
    expect(page.get_by_text("A clean page")).to_be_visible()
    assert person.titles() == []
    page.context.close()


class TestRefusals:
    def test_offline_and_back(self, page: Page, person: Person) -> None:
        page.goto(f"{person.stack.web_url}/dashboard")
        add_task(page, "Before the tunnel")
        page.context.set_offline(True)
        task(page, "Before the tunnel").click()
        expect(page.get_by_text(CONNECTION_LOST).first).to_be_visible(timeout=10_000)
        page.context.set_offline(False)
        expect(page.get_by_text(CONNECTION_LOST)).to_have_count(0, timeout=45_000)
        page.reload()
        expect(task(page, "Before the tunnel")).to_be_checked()

    def test_a_500_tells_the_request_id(self, page: Page, person: Person) -> None:
        page.goto(f"{person.stack.web_url}/dashboard")
        add_task(page, "Anything")

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

    def test_a_422_lands_on_its_field(self, page: Page, person: Person) -> None:
        page.goto(f"{person.stack.web_url}/dashboard")
        title = page.get_by_role("textbox", name="New task")
        title.fill("x" * 201)
        page.get_by_role("button", name="Add task").click()
        expect(page.get_by_role("alert").filter(has_text="200")).to_be_visible()
        expect(title).to_have_attribute("aria-invalid", "true")
        assert title.input_value() == "x" * 201

    def test_nothing_is_applied_twice(self, page: Page, person: Person) -> None:
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
        add_task(page, "Exactly once")
        eventually(page, lambda: person.titles() == ["Exactly once"])
        expect(page.get_by_text(CONNECTION_LOST)).to_have_count(0, timeout=30_000)
        page.unroute_all(behavior="wait")
        page.reload()
        expect(task(page, "Exactly once")).to_have_count(1)
        assert person.titles() == ["Exactly once"]
        assert dropped
