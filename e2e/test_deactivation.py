"""The operator's command that ends an account's access, and gives it back."""

import re
import subprocess

from playwright.sync_api import Browser, Page, expect

from e2e.pages import expect_dashboard, expect_login, sign_in
from e2e.people import Person, sign_up
from tools import node
from tools.stack import ROOT, Stack


def deactivate(person: Person, *options: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "frontend/scripts/deactivate.ts")
    return subprocess.run(
        [str(node.NODE), script, person.email, *options],
        env=person.stack.environment(),
        capture_output=True,
        text=True,
    )


def test_ends_sessions_and_refuses_sign_in_until_reversed(visitor: Page, person: Person) -> None:
    visitor.goto("/login")
    sign_in(visitor, person)
    expect_dashboard(visitor)

    done = deactivate(person)
    assert done.returncode == 0, done.stderr
    assert person.auth.get("/gatepass/token").status_code in (401, 403)
    visitor.reload()
    expect_login(visitor, "deactivated")
    expect(visitor.get_by_text("deactivated").first).to_be_visible()

    sign_in(visitor, person)
    expect(visitor.get_by_role("alert").filter(has_text="deactivated")).to_be_visible()
    # The pass that was issued before lives at most its lifetime: the documented price.
    assert person.api.get("/api/me").status_code == 200

    assert deactivate(person, "--reactivate").returncode == 0
    sign_in(visitor, person)
    expect_dashboard(visitor)


def test_an_open_page_is_told_by_itself(browser: Browser, short: Stack) -> None:
    person = sign_up(short)
    with browser.new_context(base_url=short.web_url) as context:
        page = person.enter(context).new_page()
        page.goto("/dashboard?status=open")
        expect_dashboard(page)
        assert deactivate(person).returncode == 0
        expect_login(page, "deactivated")
        expect(page).to_have_url(re.compile(r"next=%2Fdashboard%3Fstatus%3Dopen$"))
        expect(page.get_by_text("This account has been deactivated.")).to_be_visible()


def test_a_wrong_password_does_not_tell_of_the_deactivation(person: Person) -> None:
    deactivate(person)
    body = {"email": person.email, "password": "not the password 1"}
    assert person.auth.post("/sign-in/email", json=body).status_code == 401


def test_an_unknown_email_is_told(person: Person) -> None:
    person.email = "nobody@example.com"
    done = deactivate(person)
    assert done.returncode != 0
    assert "nobody@example.com" in done.stderr
