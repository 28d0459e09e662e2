"""One person on two devices: whatever ends a session on the one is noticed on the other."""

import contextlib
import re
import time
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from e2e.conftest import LIFETIME
from e2e.pages import add_task, behind_own_address, expect_dashboard, expect_login, sign_in
from e2e.people import PATIENCE, Person, next_address, sign_up
from tools.stack import Stack

NEW_PASSWORD = "four unrelated words 9"


def revoke(account: Page, person: Person) -> None:
    account.get_by_role("button", name=re.compile("^End session")).click()
    dialog = account.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(person.password)
    dialog.get_by_role("button", name="Sign it out").click()
    expect(account.get_by_text("You are signed in nowhere else.")).to_be_visible()


def change_password(account: Page, person: Person) -> None:
    account.get_by_label("Current password").fill(person.password)
    account.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    account.get_by_role("button", name="Change password").click()
    expect(account.get_by_text("Password changed").first).to_be_visible()
    person.password = NEW_PASSWORD


def delete_account(account: Page, person: Person) -> None:
    account.get_by_role("button", name="Delete account").click()
    dialog = account.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(person.password)
    dialog.get_by_role("button", name="Delete everything").click()
    expect_login(account, "signed-out", seconds=2 * PATIENCE)  # a hash and the API among them


@pytest.fixture
def person(short: Stack) -> Person:
    person = sign_up(short)
    person.add_task("Plan the trip")
    return person


@pytest.fixture
def account(browser: Browser, person: Person) -> Page:
    """The account page on the device that ends the other's session."""
    page = browser.new_context(base_url=person.stack.web_url).new_page()
    behind_own_address(page, person.stack)
    page.goto("/login?next=/account")
    sign_in(page, person)
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    return page


def is_sent_to_login(page: Page, where: str) -> None:
    """By itself, once, with the reason and the way back to `where`."""
    expect_login(page, "expired", seconds=2 * PATIENCE)  # a whole lifetime of the pass among them
    expect(page).to_have_url(re.compile(re.escape(f"next={where}") + "$"))
    expect(page.get_by_text("Your session has ended.")).to_be_visible()


def visits(page: Page) -> list[str]:
    """The documents that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.is_navigation_request() else None)
    return asked


@pytest.mark.parametrize("cause", [revoke, change_password])
def test_what_was_typed_is_back_after_signing_in_again(
    page: Page, account: Page, person: Person, cause: Callable[[Page, Person], None]
) -> None:
    behind_own_address(page, person.stack)
    page.goto(f"{person.stack.web_url}/dashboard?status=open")
    expect_dashboard(page)
    visited = visits(page)
    page.get_by_role("textbox", name="New task").fill("Half a thou")
    page.get_by_role("button", name="Edit Plan the trip").click()
    page.get_by_role("textbox", name="Notes").last.fill("By train, if")

    cause(account, person)
    is_sent_to_login(page, "%2Fdashboard%3Fstatus%3Dopen")
    assert len(visited) == 1

    sign_in(page, person)
    expect(page).to_have_url(re.compile(r"/dashboard\?status=open$"))
    expect(page.get_by_role("textbox", name="New task")).to_have_value("Half a thou")
    expect(page.get_by_role("textbox", name="Notes").last).to_have_value("By train, if")
    expect(account.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    account.context.close()


def answer_late(account: Page, person: Person, endpoint: str) -> None:
    """The server does what it is asked for; the page hears of it when its pass has ended."""
    cookies = {cookie["name"]: cookie["value"] for cookie in account.context.cookies()}

    def answer(route: Route) -> None:
        asked = route.request
        headers = {
            "origin": person.stack.web_url,
            "content-type": "application/json",
            "x-forwarded-for": next_address(),
        }
        given = httpx.post(
            asked.url, content=asked.post_data, headers=headers, cookies=cookies, timeout=30
        )
        account.wait_for_timeout(LIFETIME * 1000)
        route.fulfill(
            status=given.status_code,
            headers={
                "content-type": given.headers["content-type"],
                "set-auth-jwt": given.headers.get("set-auth-jwt", ""),
                "set-cookie": "\n".join(given.headers.get_list("set-cookie")),
            },
            body=given.content,
        )

    account.route(f"**/api/auth/{endpoint}", answer)


def test_a_changed_password_ends_no_tab_of_its_own_browser(account: Page, person: Person) -> None:
    other = account.context.new_page()
    other.goto("/dashboard")
    expect_dashboard(other)
    answer_late(account, person, "change-password")
    change_password(account, person)
    time.sleep(LIFETIME)
    add_task(other, "With the session of after")
    account.reload()
    expect(account.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    account.context.close()


def test_a_deletion_under_way_is_no_session_that_has_run_out(account: Page, person: Person) -> None:
    answer_late(account, person, "delete-user")
    delete_account(account, person)
    account.context.close()


def test_a_deleted_account_is_over_everywhere(page: Page, account: Page, person: Person) -> None:
    behind_own_address(page, person.stack)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    visited = visits(page)
    page.get_by_role("textbox", name="New task").fill("Half a thou")

    delete_account(account, person)
    is_sent_to_login(page, "%2Fdashboard")
    assert len(visited) == 1

    sign_in(page, person)
    expect(page.get_by_role("alert").filter(has_text="do not match")).to_be_visible()
    expect(page.get_by_text("Plan the trip")).to_have_count(0)
    account.context.close()


def test_a_reload_says_the_same(page: Page, account: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard?q=trip")
    expect_dashboard(page)
    revoke(account, person)
    with contextlib.suppress(PlaywrightError):  # the page may be on its way by itself already
        page.reload()
    is_sent_to_login(page, "%2Fdashboard%3Fq%3Dtrip")
    account.context.close()
