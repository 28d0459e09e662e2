"""Nothing secret is in any log of a whole story, at the most talkative level."""

import re
import subprocess
import sys

from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.conftest import StackFactory
from e2e.pages import (
    add_task,
    behind_own_address,
    create_account,
    expect_dashboard,
    expect_login,
    sign_in,
    sign_out,
)
from e2e.people import sign_up
from tools.stack import Stack

FIRST_PASSWORD = "a long walk by the sea 7"
SECOND_PASSWORD = "a short rest on the hill 8"
JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]+")


def session_cookie(context: BrowserContext) -> str:
    [cookie] = [c for c in context.cookies() if "session_token" in c.get("name", "")]
    return cookie.get("value", "")


def change_password_and_delete_the_account(page: Page) -> None:
    """Up to the last button."""
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Account settings").click()
    page.get_by_label("Current password").fill(FIRST_PASSWORD)
    page.get_by_label("New password", exact=True).fill(SECOND_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed").first).to_be_visible()
    page.get_by_role("button", name="Delete account").click()
    page.get_by_role("dialog").get_by_label("Password", exact=True).fill(SECOND_PASSWORD)


def test_logs_hold_no_token_cookie_password_or_secret(
    browser: Browser, start_stack: StackFactory
) -> None:
    stack = start_stack(LOG_LEVEL="debug")
    assert stack.log
    person = sign_up(stack)
    with browser.new_context(base_url=stack.web_url) as context:
        page = context.new_page()
        behind_own_address(page, stack)
        page.goto("/login")
        sign_in(page, person, "not the password 1")
        expect(page.get_by_role("alert").first).to_be_visible()
        sign_in(page, person)
        expect_dashboard(page)
        add_task(page, "Logged story")
        sessions = [session_cookie(context)]
        sign_out(page)
        expect_login(page, "signed-out")

        page.get_by_role("link", name="Create account").click()
        create_account(page, "Grace Hopper", "grace@example.com", FIRST_PASSWORD)
        expect_dashboard(page)
        sessions.append(session_cookie(context))
        change_password_and_delete_the_account(page)
        sessions.append(session_cookie(context))
        page.get_by_role("button", name="Delete everything").click()
        expect_login(page, "signed-out")
    person.api.get("/api/me")
    person.api.get("/api/me", headers={"Authorization": f"Bearer {person.token}x"})

    text = stack.log.read_text()
    hidden = [
        stack.extra["BETTER_AUTH_SECRET"],
        person.password,
        "not the password 1",
        FIRST_PASSWORD,
        SECOND_PASSWORD,
        person.token,
        *sessions,
        *(session.split(".")[0] for session in sessions),
        *person.cookies.values(),
    ]
    assert [value for value in hidden if value in text] == []
    assert JWT.findall(text) == []
    # It is talkative all the same: both halves, the request ids and the reason of a refusal.
    for path in ("sign-in/email", "sign-up/email", "sign-out", "change-password", "delete-user"):
        assert f"/api/auth/{path}" in text
    assert f"/api/users/{person.id}/tasks" in text
    assert "bad_signature" in text or "malformed" in text


def test_a_refused_secret_is_not_printed(stack: Stack) -> None:
    short = {"BETTER_AUTH_SECRET": "a-secret-too-short"}
    command = [sys.executable, "-m", "taskapi", "serve"]
    done = subprocess.run(command, env=stack.environment() | short, capture_output=True, text=True)
    assert "a-secret-too-short" not in done.stdout + done.stderr
