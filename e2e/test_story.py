"""The main job, as a person does it: sign up, work on tasks, sign out, come back."""

import re
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserType, Page, expect

from e2e.pages import (
    add_task,
    create_account,
    eventually,
    expect_dashboard,
    expect_login,
    make_notices_last,
    sign_in,
    sign_out,
    task,
)
from e2e.people import PATIENCE, Person
from tools.stack import Stack


def test_from_sign_up_to_the_first_task_and_back(visitor: Page) -> None:
    email, password = f"{secrets.token_hex(6)}@example.com", "a long walk by the sea 7"
    visitor.goto("/")
    visitor.get_by_role("link", name="Create account").first.click()
    create_account(visitor, "Ada Lovelace", email, password)
    expect_dashboard(visitor)
    add_task(visitor, "Buy a notebook")
    task(visitor, "Buy a notebook").click()
    expect(task(visitor, "Buy a notebook")).to_be_checked()
    sign_out(visitor)
    expect_login(visitor, "signed-out")
    visitor.get_by_label("Email").fill(email)
    visitor.get_by_label("Password", exact=True).fill(password)
    visitor.get_by_role("button", name="Sign in").click()
    expect_dashboard(visitor)
    expect(task(visitor, "Buy a notebook")).to_be_checked()


def test_the_first_call_after_sign_in_asks_for_no_token(visitor: Page, person: Person) -> None:
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    visitor.goto("/login")
    sign_in(visitor, person)
    expect_dashboard(visitor)
    add_task(visitor, "Without a detour")
    assert [url for url in asked if "gatepass/token" in url] == []


def test_what_the_task_page_needs_is_there_before_sign_in(
    page: Page, visitor: Page, person: Person
) -> None:
    page.goto("/dashboard")
    expect_dashboard(page)
    modern = "Array.from(document.querySelectorAll('script[src]:not([nomodule])'), ({src}) => src)"
    needed = set(page.evaluate(modern))
    assert needed
    loaded: list[str] = []
    visitor.on("requestfinished", lambda request: loaded.append(request.url))
    visitor.goto("/login")
    visitor.get_by_label("Email").fill(person.email)
    eventually(visitor, lambda: needed <= set(loaded))


def test_a_wrong_password_is_told_and_nothing_typed_is_lost(visitor: Page, person: Person) -> None:
    visitor.goto("/login")
    sign_in(visitor, person, "not the password 1")
    expect(visitor.get_by_role("alert").filter(has_text=re.compile("password"))).to_be_visible()
    expect(visitor.get_by_label("Email")).to_have_value(person.email)
    sign_in(visitor, person)
    expect_dashboard(visitor)


def test_an_email_that_is_taken_is_told_at_its_field(visitor: Page, person: Person) -> None:
    visitor.goto("/signup")
    create_account(visitor, "Ada Lovelace", person.email, "a long walk by the sea 7")
    expect(visitor.get_by_role("alert").filter(has_text=re.compile("account"))).to_be_visible()
    expect(visitor.get_by_label("Email")).to_have_attribute("aria-invalid", "true")


def test_edit_and_delete_with_undo(page: Page, person: Person) -> None:
    person.add_task("Call the plumer")
    make_notices_last(page)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.get_by_role("button", name="Edit Call the plumer").click()
    page.get_by_role("textbox", name="Title").fill("Call the plumber")
    page.get_by_role("button", name="Save").click()
    expect(task(page, "Call the plumber")).to_be_visible()
    page.get_by_role("button", name="Delete Call the plumber").click()
    expect(task(page, "Call the plumber")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(task(page, "Call the plumber")).to_be_visible()
    eventually(page, lambda: person.titles() == ["Call the plumber"])
    page.reload()
    expect(task(page, "Call the plumber")).to_be_visible()


def test_filter_search_and_the_address_agree(page: Page, person: Person) -> None:
    person.add_task("Water the plants", completed=True)
    person.add_task("Pay the rent")
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.get_by_role("link", name="Done", exact=True).or_(
        page.get_by_role("button", name="Done", exact=True)
    ).or_(page.get_by_role("radio", name="Done", exact=True)).click()
    expect(task(page, "Pay the rent")).to_have_count(0)
    expect(task(page, "Water the plants")).to_be_visible()
    page.reload()
    expect(task(page, "Pay the rent")).to_have_count(0)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.get_by_role("searchbox", name="Search tasks").fill("RENT")
    expect(task(page, "Water the plants")).to_have_count(0)
    expect(task(page, "Pay the rent")).to_be_visible()


def test_a_reload_keeps_the_session(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    add_task(page, "Still here")
    page.reload()
    expect(task(page, "Still here")).to_be_visible()


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "not kept"])
def test_closing_and_reopening_the_browser(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    tmp_path: Path,
    stack: Stack,
    person: Person,
    keep: bool,
) -> None:
    for visit in ("first", "second"):
        context = browser_type.launch_persistent_context(tmp_path, **browser_type_launch_args)
        page = context.new_page()
        page.goto(f"{stack.web_url}/dashboard")
        if visit == "first":
            page.get_by_label("Keep me signed in").set_checked(keep)
            sign_in(page, person)
        if visit == "first" or keep:
            expect_dashboard(page)
        else:
            expect_login(page)
        context.close()


def test_a_visitor_is_sent_to_login_and_back(visitor: Page, person: Person) -> None:
    visitor.goto("/dashboard?status=done")
    expect_login(visitor)
    sign_in(visitor, person)
    expect(visitor).to_have_url(re.compile(r"/dashboard\?status=done$"))


def test_home_leads_a_signed_in_person_to_their_tasks(page: Page, person: Person) -> None:
    page.goto(person.stack.web_url)
    expect_dashboard(page)


def test_a_forged_session_cookie_opens_nothing(visitor: Page, stack: Stack) -> None:
    visitor.context.add_cookies(
        [{"name": "better-auth.session_token", "value": "forged.forged", "url": stack.web_url}]
    )
    visitor.goto("/dashboard")
    expect_login(visitor)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_cannot_leave_the_site(visitor: Page, person: Person, target: str) -> None:
    visitor.goto(f"/login?next={target}")
    sign_in(visitor, person)
    expect_dashboard(visitor)


def test_a_way_back_that_is_too_long_for_an_address_is_none(stack: Stack) -> None:
    asked = f"{stack.web_url}/dashboard?q={'%C3%A9' * 2000}"
    answer = httpx.get(asked, follow_redirects=True, timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.url.params["next"] == "/dashboard"
