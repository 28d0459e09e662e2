"""axe on every page in both themes, and the keyboard all the way."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from e2e.pages import add_task, eventually, expect_dashboard, sign_in, task
from e2e.people import Person

AXE = Path(__file__).resolve().parent.parent / "node_modules/axe-core/axe.min.js"


def violations(page: Page) -> list[str]:
    """Findings of axe that are serious or worse, each with the element it is about."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{each['id']}: {each['help']} {[node['html'][:120] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/nowhere"])
def test_public_pages(
    browser: Browser, person: Person, path: str, theme: Literal["light", "dark"]
) -> None:
    with browser.new_context(color_scheme=theme, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{person.stack.web_url}{path}")
        assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/dashboard", "/account"])
def test_pages_of_a_signed_in_person(
    browser: Browser, person: Person, path: str, theme: Literal["light", "dark"]
) -> None:
    person.add_task("Overdue", due_date="2020-01-01")
    person.add_task("Done", completed=True, description="With a note")
    with browser.new_context(color_scheme=theme, reduced_motion="reduce") as context:
        page = person.enter(context).new_page()
        page.goto(f"{person.stack.web_url}{path}")
        expect(page.get_by_role("button", name="Account menu")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Account menu").click()
        expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
        assert violations(page) == []


def test_sign_in_and_add_a_task_by_keyboard(visitor: Page, person: Person) -> None:
    visitor.goto("/login")
    visitor.get_by_label("Email").focus()
    visitor.keyboard.type(person.email)
    visitor.get_by_label("Password", exact=True).focus()
    visitor.keyboard.type(person.password)
    visitor.keyboard.press("Enter")
    expect_dashboard(visitor)
    visitor.get_by_role("textbox", name="New task").focus()
    visitor.keyboard.type("Without a mouse")
    visitor.keyboard.press("Enter")
    expect(task(visitor, "Without a mouse")).to_be_visible()
    task(visitor, "Without a mouse").focus()
    visitor.keyboard.press("Space")
    expect(task(visitor, "Without a mouse")).to_be_checked()


def test_a_row_keeps_the_focus_when_its_task_has_been_sent(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "PUT":
            held.append(route)
        else:
            route.continue_()

    page.route(f"{person.stack.api_url}/api/users/**", hold)
    add_task(page, "On its way")
    task(page, "On its way").focus()
    eventually(page, lambda: bool(held))
    held[0].continue_()
    expect(page.get_by_text("Sending")).to_have_count(0)
    expect(task(page, "On its way")).to_be_focused()


def test_a_press_beside_a_dialog_closes_it_and_one_that_only_begins_or_ends_there_does_not(
    page: Page, person: Person
) -> None:
    page.goto(f"{person.stack.web_url}/account")
    page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Password", exact=True)
    field.fill("half of a password")
    field.hover()
    page.mouse.down()
    page.mouse.move(5, 5)
    page.mouse.up()
    expect(field).to_have_value("half of a password")
    page.mouse.down()
    field.hover()
    page.mouse.up()
    expect(field).to_have_value("half of a password")
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    add_task(page, "Anything")
    task(page, "Anything").focus()
    page.emulate_media(reduced_motion="reduce")  # colours are measured when nothing fades
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    for _ in range(5):
        page.keyboard.press("Tab")
        # Past its last button the focus is in the browser's own bar: never on the page behind.
        assert page.evaluate("document.activeElement.matches('body, dialog, dialog *')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(task(page, "Anything")).to_be_focused()
    page.goto(f"{person.stack.web_url}/account")
    opener = page.get_by_role("button", name="Delete account")
    opener.click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(opener).to_be_focused()


def test_the_focus_follows_to_the_new_page(visitor: Page, person: Person) -> None:
    """After a change of page without a reload, and not after a reload, which has its own rules."""
    main = visitor.get_by_role("main")
    visitor.goto("/login")
    expect(main).not_to_be_focused()
    sign_in(visitor, person)
    expect_dashboard(visitor)
    expect(main).to_be_focused()
    visitor.get_by_role("button", name="Account menu").click()
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    expect(visitor).to_have_title("Account · Gatepass")
    expect(main).to_be_focused()
    visitor.keyboard.press("Tab")
    expect(visitor.get_by_label("Name")).to_be_focused()  # past the header, into the page


def longest_motion(page: Page) -> float:
    """The longest animation or transition of anything on the page, in seconds."""
    found: float = page.evaluate("""() => {
        const all = [...document.querySelectorAll("*")];
        const styles = ["", "::before", "::after"].flatMap(part =>
            all.map(element => getComputedStyle(element, part)));
        const times = styles.flatMap(style =>
            `${style.animationDuration},${style.transitionDuration}`.split(",").map(parseFloat));
        return Math.max(...times);
    }""")
    return found


def test_who_wants_less_motion_gets_none(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    add_task(page, "Anything")
    task(page, "Anything").check()
    expect(page.get_by_text("Task completed")).to_be_visible()
    task(page, "Anything").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert longest_motion(page) > 0.1
    page.emulate_media(reduced_motion="reduce")
    assert longest_motion(page) <= 0.001
