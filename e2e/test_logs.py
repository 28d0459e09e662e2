"""Nothing secret is in any log of a whole story, at the most talkative level."""

import re
import subprocess
import sys

from playwright.sync_api import Browser, expect

from e2e.conftest import StackFactory
from e2e.pages import (
    add_task,
    behind_own_address,
    expect_dashboard,
    expect_login,
    sign_in,
    sign_out,
)
from e2e.people import sign_up

JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]+")


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
        [cookie] = [c for c in context.cookies() if "session_token" in c.get("name", "")]
        sign_out(page)
        expect_login(page, "signed-out")
    person.api.get("/api/me")
    person.api.get("/api/me", headers={"Authorization": f"Bearer {person.token}x"})

    text = stack.log.read_text()
    session = cookie.get("value", "")
    hidden = [
        stack.extra["BETTER_AUTH_SECRET"],
        person.password,
        "not the password 1",
        person.token,
        session,
        session.split(".")[0],
        *person.cookies.values(),
    ]
    assert [value for value in hidden if value in text] == []
    assert JWT.findall(text) == []
    # It is talkative all the same: both halves, the request ids and the reason of a refusal.
    assert "/api/auth/sign-in/email" in text
    assert f"/api/users/{person.id}/tasks" in text
    assert "bad_signature" in text or "malformed" in text


def test_a_refused_secret_is_not_printed(start_stack: StackFactory) -> None:
    stack = start_stack()
    short = {"BETTER_AUTH_SECRET": "a-secret-too-short"}
    command = [sys.executable, "-m", "taskapi", "serve"]
    done = subprocess.run(command, env=stack.environment() | short, capture_output=True, text=True)
    assert "a-secret-too-short" not in done.stdout + done.stderr
