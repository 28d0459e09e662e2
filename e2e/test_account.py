"""The account page: profile, password, sessions, export, and the end of an account."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from e2e.pages import eventually, expect_dashboard, expect_login, sign_in
from e2e.people import PATIENCE, Person, clients, own_address, sign_up
from tools.stack import Stack

NEW_PASSWORD = "four unrelated words 9"


def open_account(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/account")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def another_device(person: Person) -> httpx.Client:
    """A second session of the same person, signed in over HTTP."""
    client = httpx.Client(
        base_url=f"{person.stack.web_url}/api/auth",
        headers={"Origin": person.stack.web_url, "User-Agent": "Mozilla/5.0 (iPhone) Safari/605"},
        transport=own_address(),
        timeout=PATIENCE,
    )
    body = {"email": person.email, "password": person.password}
    assert clients.enter_context(client).post("/sign-in/email", json=body).status_code == 200
    return client


def test_the_page_is_reached_from_the_menu(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Account settings").click()
    expect(page).to_have_url(re.compile("/account$"))
    expect(page.get_by_text(person.email).first).to_be_visible()


def test_a_changed_password_ends_other_sessions(page: Page, visitor: Page, person: Person) -> None:
    other = another_device(person)
    open_account(page, person)
    page.get_by_label("Current password").fill(person.password)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed").first).to_be_visible()
    assert other.get("/gatepass/token").status_code == 401
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    visitor.goto("/login")
    sign_in(visitor, person, NEW_PASSWORD)
    expect_dashboard(visitor)


def test_a_wrong_current_password_lands_on_its_field(page: Page, person: Person) -> None:
    open_account(page, person)
    page.get_by_label("Current password").fill("not the password 1")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_label("Current password")).to_have_attribute("aria-invalid", "true")


def test_a_common_password_is_refused_with_a_clear_message(page: Page, person: Person) -> None:
    open_account(page, person)
    page.get_by_label("Current password").fill(person.password)
    page.get_by_label("New password", exact=True).fill("password1234")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_label("New password", exact=True)).to_have_attribute("aria-invalid", "true")


def confirm(page: Page, password: str) -> None:
    """Gives the password that the open dialog asks for."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(password)
    dialog.get_by_role("button", name=re.compile("Sign (it|them) out")).click()


def test_another_session_is_listed_and_ended(page: Page, person: Person) -> None:
    other = another_device(person)
    open_account(page, person)
    page.get_by_role("button", name=re.compile("End session.*iPhone")).click()
    confirm(page, "not the password 1")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    confirm(page, person.password)
    expect(page.get_by_role("button", name=re.compile("End session"))).to_have_count(0)
    assert other.get("/gatepass/token").status_code == 401
    page.reload()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def test_tasks_are_exported_as_json(page: Page, person: Person) -> None:
    for number in range(3):
        person.add_task(f"Task {number}", description="with ünïcode")
    open_account(page, person)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my tasks").click()
    exported = json.loads(download.value.path().read_text())
    tasks = exported["tasks"] if isinstance(exported, dict) else exported
    assert sorted(task["title"] for task in tasks) == ["Task 0", "Task 1", "Task 2"]


class TestWhenTheSessionHasEndedElsewhere:
    @pytest.fixture
    def account(self, page: Page, person: Person) -> Page:
        other = another_device(person)
        with page.expect_response(lambda answer: "gatepass/token" in answer.url):
            open_account(page, person)
        assert other.post("/revoke-other-sessions", json={}).status_code == 400
        body = {"password": person.password}
        assert other.post("/revoke-other-sessions", json=body).status_code == 200
        return page

    def test_a_change_of_the_name_leads_to_login(self, account: Page) -> None:
        account.get_by_label("Name").fill("Ada King")
        account.get_by_role("button", name="Save name").click()
        expect_login(account, "expired")

    def test_the_end_of_another_session_leads_to_login(self, account: Page) -> None:
        account.get_by_role("button", name="End all other sessions").click()
        confirm(account, "whatever it was")
        expect_login(account, "expired")

    def test_a_deletion_leads_to_login(self, account: Page) -> None:
        TestDeletingTheAccount().send(account, "whatever it was")
        expect_login(account, "expired")


class TestDeletingTheAccount:
    def ask(self, page: Page, person: Person, password: str) -> None:
        open_account(page, person)
        self.send(page, password)

    def send(self, page: Page, password: str) -> None:
        page.get_by_role("button", name="Delete account").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Password", exact=True).fill(password)
        dialog.get_by_role("button", name=re.compile("Delete")).click()

    def test_takes_the_tasks_with_it(self, page: Page, person: Person) -> None:
        person.add_task("Soon gone")
        self.ask(page, person, person.password)
        expect(page).to_have_url(re.compile(r"/(login.*)?$"))
        assert person.titles() == []  # the old pass still opens an empty list
        assert person.auth.get("/gatepass/token").status_code == 401
        body = {"email": person.email, "password": person.password}
        assert person.auth.post("/sign-in/email", json=body).status_code == 401

    def test_takes_the_tasks_with_it_outside_a_browser_too(self, person: Person) -> None:
        person.add_task("Soon gone")
        answer = person.auth.post("/delete-user", json={"password": person.password})
        assert answer.status_code == 200
        assert person.titles() == []

    def test_a_wrong_password_deletes_nothing(self, page: Page, person: Person) -> None:
        person.add_task("Still here")
        self.ask(page, person, "not the password 1")
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        assert person.titles() == ["Still here"]
        assert person.auth.get("/gatepass/token").status_code == 200

    def test_the_dialog_cannot_be_left_while_it_is_done(self, page: Page, person: Person) -> None:
        held: list[Route] = []
        page.route("**/delete-user", lambda route: held.append(route))
        self.ask(page, person, person.password)
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Keep it").click()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")  # at a second one the browser closes what it may not
        eventually(page, lambda: bool(held))
        expect(dialog).to_be_visible()
        held[0].fulfill(status=500, json={"code": "INTERNAL_SERVER_ERROR", "message": "A fault."})
        expect(dialog.get_by_role("alert")).to_be_visible()
        dialog.get_by_role("button", name="Keep it").click()
        expect(dialog).to_be_hidden()

    def test_nothing_is_half_deleted_while_the_api_is_away(
        self, browser: Browser, fragile: Stack
    ) -> None:
        person = sign_up(fragile)
        context = person.enter(browser.new_context())
        page = context.new_page()
        open_account(page, person)
        fragile.stop("backend")
        self.ask(page, person, person.password)
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible(timeout=30_000)
        assert person.auth.get("/gatepass/token").status_code == 200
        context.close()


def test_a_visitor_of_the_account_page_is_sent_to_login(visitor: Page, person: Person) -> None:
    visitor.goto("/account")
    expect_login(visitor)
    sign_in(visitor, person)
    expect(visitor).to_have_url(re.compile("/account$"))
