"""While the API is away: nothing that a person does is lost, and the page says how it is."""

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


def test_a_task_typed_meanwhile_is_kept_and_sent_later(browser: Browser, fragile: Stack) -> None:
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
    both = ["While it was away", "While it was there"]
    eventually(page, lambda: sorted(person.titles()) == both)
    page.reload()
    expect(task(page, "While it was away")).to_have_count(1)
    assert sorted(person.titles()) == both
    page.context.close()


def test_the_first_page_says_so_and_recovers(browser: Browser, fragile: Stack) -> None:
    person = sign_up(fragile)
    person.add_task("Patience")
    fragile.stop("backend")
    page = open_dashboard(browser, person)
    expect(task(page, "Patience")).to_have_count(0)
    start_backend(fragile)
    expect(task(page, "Patience")).to_be_visible(timeout=45_000)
    page.context.close()


def test_an_export_says_so_and_works_afterwards(browser: Browser, fragile: Stack) -> None:
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


def test_what_was_done_meanwhile_outlives_the_tab(browser: Browser, fragile: Stack) -> None:
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


def test_it_is_neither_shown_to_nor_sent_by_another_user(browser: Browser, fragile: Stack) -> None:
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


def test_signing_out_warns_of_what_would_be_lost(browser: Browser, fragile: Stack) -> None:
    person = sign_up(fragile)
    for title in ("Old newspaper", "Call the plumer", "Water the plants"):
        person.add_task(title)
    page = open_dashboard(browser, person)
    behind_own_address(page, fragile)
    fragile.stop("backend")
    work_meanwhile(page)
    sign_out(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 changes are only on this device")
    dialog.get_by_role("button", name="Sign out anyway").click()
    expect_login(page, "signed-out")
    assert page.evaluate("Object.keys(localStorage).join()").count("outbox") == 0
    start_backend(fragile)
    sign_in(page, person)
    expect_dashboard(page)
    for title in ("Old newspaper", "Call the plumer", "Water the plants"):
        expect(task(page, title)).not_to_be_checked()
    page.wait_for_load_state("networkidle")
    assert sorted(person.titles()) == ["Call the plumer", "Old newspaper", "Water the plants"]
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
    expect_dashboard(page)
    expect(task(page, "Only here")).to_be_visible()

    sign_out(page)
    # What was on its way is refused to the former page, while the next one is still awaited.
    held: list[Route] = []
    page.route("**/login?*", lambda route: held.append(route))
    refused = re.compile("/gatepass/token$")
    with page.expect_response(
        lambda answer: bool(refused.search(answer.url)) and answer.status == 401, timeout=20_000
    ):
        page.get_by_role("dialog").get_by_role("button", name="Sign out anyway").click()
    eventually(page, lambda: bool(held))
    page.wait_for_timeout(300)
    held[0].continue_()
    expect_login(page, "signed-out")
    assert "Only here" not in page.evaluate("JSON.stringify({...localStorage})")
    page.unroute("**/login?*")
    start_backend(fragile)
    sign_in(page, person)
    expect_dashboard(page)
    expect(page.get_by_text("A clean page")).to_be_visible()
    assert person.titles() == []
    page.context.close()


def test_a_dialog_that_cannot_be_fetched_leaves_the_page(browser: Browser, fragile: Stack) -> None:
    person = sign_up(fragile)
    page = open_dashboard(browser, person)
    fragile.stop("backend")
    add_task(page, "Typed meanwhile")
    page.route("**/_next/static/**", lambda route: route.abort())
    page.get_by_role("button", name="Keyboard shortcuts").click()
    notice = page.get_by_text("This could not be loaded. Try again in a moment")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    sign_out(page)
    expect(notice).to_be_visible()
    expect(task(page, "Typed meanwhile")).to_be_visible()
    page.unroute("**/_next/static/**")
    sign_out(page)
    page.get_by_role("dialog").get_by_role("button", name="Stay signed in").click()
