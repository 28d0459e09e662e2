"""Every way in which one browser goes from one user to another ends with a fresh document."""

import contextlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from e2e.pages import (
    add_task,
    behind_own_address,
    eventually,
    expect_dashboard,
    expect_login,
    sign_in,
)
from e2e.people import Person, sign_up
from tools.stack import Stack

Way = Callable[[Page, Person, Person], None]

EVERYTHING = """() => [
  document.body.innerText,
  ...[...document.querySelectorAll("input, textarea")].map(({ value }) => value),
].join("\\n")"""
SECRETS = ("Plan of the first", "A secret thought")


def by_cookie(page: Page, second: Person) -> None:
    """Puts another's session into this browser without a word to its tabs."""
    page.context.clear_cookies()
    second.enter(page.context)


def to_account(page: Page) -> None:
    """By a link, so without a new document."""
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Account settings").click()


def a_link_after_the_session_was_revoked(page: Page, first: Person, second: Person) -> None:
    assert first.auth.post("/sign-out", json={}).status_code == 200
    with contextlib.suppress(PlaywrightError):  # it may be on its way by itself already
        to_account(page)
    expect_login(page)
    sign_in(page, second)


def the_sign_in_page(page: Page, first: Person, second: Person) -> None:
    page.goto("/login")
    sign_in(page, second)


def a_link_with_the_session_of_another(page: Page, first: Person, second: Person) -> None:
    by_cookie(page, second)
    to_account(page)


def a_reload_with_the_session_of_another(page: Page, first: Person, second: Person) -> None:
    by_cookie(page, second)
    page.reload()


def another_tab(page: Page, first: Person, second: Person) -> None:
    tab = page.context.new_page()
    tab.goto("/login")
    sign_in(tab, second)
    expect_dashboard(tab)


def another_tab_while_the_address_has_a_fragment(page: Page, first: Person, second: Person) -> None:
    page.evaluate("location.hash = 'main'")
    another_tab(page, first, second)


WAYS: list[Way] = [
    a_link_after_the_session_was_revoked,
    the_sign_in_page,
    a_link_with_the_session_of_another,
    a_reload_with_the_session_of_another,
    another_tab,
    another_tab_while_the_address_has_a_fragment,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_of_the_first_is_left(browser: Browser, stack: Stack, way: Way) -> None:
    first, second = sign_up(stack), sign_up(stack, "Grace Hopper")
    page = first.enter(browser.new_context(base_url=stack.web_url)).new_page()
    behind_own_address(page, stack)
    page.goto("/dashboard")
    expect_dashboard(page)
    add_task(page, "Plan of the first")
    page.get_by_role("button", name="Open", exact=True).click()  # one more step to go back
    page.get_by_role("textbox", name="New task").fill("A secret thought")
    page.evaluate("window.ofTheFirst = true")

    way(page, first, second)

    eventually(page, lambda: is_new_document(page))
    initial = page.get_by_role("button", name="Account menu")
    expect(initial).to_have_text("G")
    # Where the first was, but for what they looked for; that may take one more document.
    expect(page).to_have_url(re.compile("/(dashboard|account)$"))
    expect(page.locator("html[data-bound]")).to_be_attached()
    expect_nothing_of_the_first(page)
    for _ in range(3):
        page.go_back()
        expect_nothing_of_the_first(page)
    page.context.close()


def is_new_document(page: Page) -> bool:
    with contextlib.suppress(PlaywrightError):
        return bool(page.evaluate("window.ofTheFirst === undefined"))
    return False


def expect_nothing_of_the_first(page: Page) -> None:
    """Looks again and again for a moment: what is hidden may not come up later either."""
    for _ in range(5):
        shown = ""
        with contextlib.suppress(PlaywrightError):  # a new document is just on its way
            shown = page.evaluate(EVERYTHING)
        assert not [secret for secret in SECRETS if secret in shown]
        page.wait_for_timeout(100)
    page.wait_for_load_state("networkidle")
    expect(page.locator("body")).to_be_visible()
    assert not [secret for secret in SECRETS if secret in page.evaluate(EVERYTHING)]
