"""What a person sees when the API or the network fails, and that nothing is lost by it."""

import re

from playwright.sync_api import Browser, BrowserContext, Download, Page, Route, expect

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


def open_dashboard(browser: Browser, person: Person, context: BrowserContext | None = None) -> Page:
    context = context or browser.new_context(base_url=person.stack.web_url)
    page = person.enter(context).new_page()
    page.goto("/dashboard")
    expect_dashboard(page)
    return page


def work_meanwhile(page: Page) -> None:
    task(page, "Water the plants").click()
    page.get_by_role("button", name="Edit Call the plumer").click()
    page.get_by_role("textbox", name="Title").fill("Call the plumber")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Delete Old newspaper").click()


def expect_done_meanwhile(page: Page) -> None:
    expect(task(page, "Water the plants")).to_be_checked()
    expect(task(page, "Call the plumber")).to_be_visible()
    expect(page.get_by_text("Call the plumer")).to_have_count(0)
    expect(page.get_by_text("Old newspaper")).to_have_count(0)


def done_meanwhile(person: Person) -> bool:
    """Whether the server holds all of it, and nothing twice."""
    tasks = person.api.get(person.tasks_path).json()["items"]
    known = {each["title"]: each["completed"] for each in tasks} | {"Stays as it is": False}
    expected = {"Stays as it is": False, "Call the plumber": False, "Water the plants": True}
    return known == expected and len(tasks) in (2, 3)


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

    def test_what_was_done_meanwhile_outlives_the_tab(
        self, browser: Browser, fragile: Stack
    ) -> None:
        person = sign_up(fragile)
        for title in ("Stays as it is", "Old newspaper", "Call the plumer", "Water the plants"):
            person.add_task(title)
        page = open_dashboard(browser, person)
        second = page.context.new_page()
        second.goto("/dashboard")
        expect_dashboard(second)
        fragile.stop("backend")
        work_meanwhile(page)
        for tab in (page, second):
            expect(tab.get_by_text(CONNECTION_LOST).first).to_be_visible(timeout=10_000)
            expect_done_meanwhile(tab)
            expect(tab.get_by_text("Kept here")).to_have_count(2)
        page.close()
        second.reload()
        expect_done_meanwhile(second)
        second.close()
        start_backend(fragile)
        later = open_dashboard(browser, person, page.context)
        eventually(later, lambda: done_meanwhile(person))
        expect_done_meanwhile(later)
        expect(later.get_by_text("Kept here")).to_have_count(0)
        expect(task(later, "Stays as it is")).not_to_be_checked()
        later.context.close()

    def test_it_is_neither_shown_to_nor_sent_by_another_user(
        self, browser: Browser, fragile: Stack
    ) -> None:
        first, second = sign_up(fragile), sign_up(fragile, "Grace Hopper")
        for title in ("Old newspaper", "Call the plumer", "Water the plants"):
            first.add_task(title)
        page = open_dashboard(browser, first)
        fragile.stop("backend")
        work_meanwhile(page)
        page.context.clear_cookies()
        second.enter(page.context)
        page.reload()
        expect_dashboard(page)
        expect(page.get_by_text("Call the plumber")).to_have_count(0)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        start_backend(fragile)
        expect(page.get_by_text("A clean page")).to_be_visible(timeout=45_000)
        add_task(page, "Of the second alone")
        eventually(page, lambda: second.titles() == ["Of the second alone"])
        assert [url for url in asked if first.id in url] == []
        assert sorted(first.titles()) == ["Call the plumer", "Old newspaper", "Water the plants"]
        page.context.clear_cookies()
        open_dashboard(browser, first, page.context)
        eventually(page, lambda: done_meanwhile(first))
        page.context.close()

    def test_signing_out_warns_of_what_would_be_lost(
        self, browser: Browser, fragile: Stack
    ) -> None:
        person = sign_up(fragile)
        for title in ("Old newspaper", "Call the plumer", "Water the plants"):
            person.add_task(title)
        page = open_dashboard(browser, person)
        fragile.stop("backend")
        work_meanwhile(page)
        sign_out(page)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("3 changes are only on this device")
        dialog.get_by_role("button", name="Sign out anyway").click()
        expect_login(page, "signed-out")
        assert page.evaluate("Object.keys(localStorage).join()").count("outbox") == 0
        start_backend(fragile)
        assert not done_meanwhile(person)
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

    def test_a_422_reopens_the_editor_with_what_was_typed(self, page: Page, person: Person) -> None:
        person.add_task("Call the plumer")
        page.goto(f"{person.stack.web_url}/dashboard")
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

    def test_what_is_gone_is_told_and_leaves_the_list(self, page: Page, person: Person) -> None:
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

    def test_a_tick_that_arrives_at_once_says_nothing_of_being_sent(
        self, page: Page, person: Person
    ) -> None:
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
