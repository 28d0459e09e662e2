"""What a person does on the pages, by the roles and names that they see and hear."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from e2e.people import PATIENCE, Person, next_address
from tools.stack import Stack

TODAY = re.compile(r"^[A-Z][a-z]+day \d+ [A-Z][a-z]+$")


def behind_own_address(page: Page, stack: Stack, address: str | None = None) -> None:
    """Sends the page's sign-ups and sign-ins from an address of their own, or the one given.

    The stack under test trusts loopback as a reverse proxy, so that the rate limit, which stays
    on, counts the browsers of different tests apart.
    """
    address = address or next_address()
    page.context.route(
        re.compile(rf"{re.escape(stack.web_url)}/api/(auth|forms)/.*"),
        lambda route: route.continue_(
            headers={**route.request.headers, "x-forwarded-for": address}
        ),
    )


def sign_in(page: Page, person: Person, password: str | None = None) -> None:
    """Fills in the login form that the page shows and sends it."""
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(password or person.password)
    page.get_by_role("button", name="Sign in").click()


def create_account(page: Page, name: str, email: str, password: str) -> None:
    """Fills in the sign-up form that the page shows and sends it."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create account").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Sign out").click()


def add_task(page: Page, title: str) -> None:
    page.get_by_role("textbox", name="New task").fill(title)
    page.get_by_role("button", name="Add task").click()
    expect(task(page, title)).to_be_visible()


def task(page: Page, title: str) -> Locator:
    """The checkbox of a task."""
    return page.get_by_role("checkbox", name=title, exact=True)


def expect_dashboard(page: Page) -> None:
    """Waits for the task page, and until its scripts have taken it over."""
    expect(page).to_have_url(re.compile(r"/dashboard"))
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    # The server cannot know the visitor's date: where there is one, React has arrived.
    expect(page.get_by_text(TODAY)).to_be_visible()


def expect_login(page: Page, reason: str | None = None, seconds: float = PATIENCE) -> None:
    address = re.compile(rf"/login\?.*reason={reason}" if reason else "/login")
    expect(page).to_have_url(address, timeout=seconds * 1000)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def is_all_sent(page: Page) -> bool:
    """Whether the page has an answer to each write, and not only the server the write."""
    return not page.evaluate("Object.keys(localStorage).some(key => key.includes('outbox'))")


def make_notices_last(page: Page) -> None:
    """A second of what a notice stays takes ten: "Undo" is there still on a slow machine."""
    page.add_init_script("""
        const every = window.setInterval;
        window.setInterval = (work, pause, ...rest) =>
            every(work, pause === 1000 ? 10_000 : pause, ...rest);
    """)


def eventually(page: Page, holds: Callable[[], bool], seconds: float = 2 * PATIENCE) -> None:
    """Waits for what happens outside the page, such as a row in the database."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(50)  # unlike sleep, it lets the page's routes answer
