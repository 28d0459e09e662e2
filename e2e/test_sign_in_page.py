"""The form that everybody meets first: the password field, and what too many attempts lead to."""

import re

import httpx
from playwright.sync_api import Browser, Page, expect

from e2e.pages import behind_own_address, expect_dashboard, sign_in
from e2e.people import PATIENCE, Person, next_address

TOO_MANY = re.compile(r"Too many attempts\. Try again in \d+ seconds?\.")


def use_up_the_attempts(person: Person, address: str) -> None:
    """Attempts from one address, behind the proxy, until the rate limit answers.

    Without a password: no hash can outlast the window of the limit.
    """
    with httpx.Client(
        base_url=person.stack.web_url,
        headers={"Origin": person.stack.web_url, "X-Forwarded-For": address},
        timeout=PATIENCE,
    ) as client:
        body = {"email": person.email}
        statuses = [client.post("/api/auth/sign-in/email", json=body).status_code for _ in "1234"]
    assert statuses[-1] == 429


def test_too_many_attempts_are_told_and_the_form_works_again(
    browser: Browser, person: Person
) -> None:
    address = next_address()
    base = person.stack.web_url
    with (
        browser.new_context(base_url=base) as context,
        browser.new_context(base_url=base, java_script_enabled=False) as without_scripts,
    ):
        page, plain = context.new_page(), without_scripts.new_page()
        for each in (page, plain):
            behind_own_address(each, person.stack, address)
            each.goto("/login?next=/account")
            each.get_by_label("Email").fill(person.email)
            each.get_by_label("Password", exact=True).fill(person.password)

        for each in (plain, page):
            use_up_the_attempts(person, address)
            each.get_by_role("button", name="Sign in").click()
            expect(each.get_by_role("alert").filter(has_text=TOO_MANY)).to_be_visible()
        expect(page.get_by_label("Email")).to_have_value(person.email)
        expect(page.get_by_label("Password", exact=True)).to_have_value(person.password)

        expect(page.get_by_text("You can try again now.")).to_be_visible(timeout=15_000)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(re.compile("/account$"))
        expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def test_the_password_can_be_shown_and_hidden(visitor: Page, person: Person) -> None:
    visitor.goto("/login")
    password = visitor.get_by_label("Password", exact=True)
    password.fill(person.password)
    expect(password).to_have_attribute("type", "password")

    visitor.get_by_role("button", name="Show characters").focus()
    visitor.keyboard.press("Enter")
    expect(password).to_have_attribute("type", "text")
    expect(visitor.get_by_role("button", name="Hide characters")).to_be_focused()
    visitor.keyboard.press("Space")
    expect(password).to_have_attribute("type", "password")
    expect(visitor.get_by_role("button", name="Show characters")).to_be_focused()
    expect(password).to_have_value(person.password)

    visitor.get_by_role("button", name="Show characters").click()
    sign_in(visitor, person)
    expect_dashboard(visitor)


def test_caps_lock_is_told_while_the_password_has_the_focus(visitor: Page) -> None:
    """Chromium takes no Caps Lock from automation: the event is that of a keyboard with it on."""
    visitor.goto("/login")
    password = visitor.get_by_label("Password", exact=True)
    hint = visitor.get_by_text("Caps Lock is on.")
    password.press_sequentially("a")
    expect(hint).to_have_count(0)

    password.dispatch_event("keydown", {"key": "A", "modifierCapsLock": True})
    expect(hint).to_be_visible()
    expect(password).to_have_accessible_description(re.compile("Caps Lock is on"))
    password.press("a")
    expect(hint).to_have_count(0)

    password.dispatch_event("keydown", {"key": "A", "modifierCapsLock": True})
    expect(hint).to_be_visible()
    visitor.get_by_label("Email").focus()
    expect(hint).to_have_count(0)


def test_password_managers_are_told_what_each_field_is(visitor: Page) -> None:
    for path, password in (("/login", "current-password"), ("/signup", "new-password")):
        visitor.goto(path)
        expect(visitor.get_by_label("Email")).to_have_attribute("autocomplete", "username")
        field = visitor.get_by_label("Password", exact=True)
        expect(field).to_have_attribute("autocomplete", password)
