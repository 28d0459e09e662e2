"""A page never shows less than this browser has already had acknowledged."""

import json
import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.pages import eventually, expect_dashboard, is_all_sent, make_notices_last, task
from e2e.people import Person


def add(page: Page) -> None:
    page.get_by_role("textbox", name="New task").fill("Typed")
    page.get_by_role("textbox", name="New task").press("Enter")


def tick(page: Page) -> None:
    task(page, "Known").check()


def delete(page: Page) -> None:
    page.get_by_role("button", name="Delete Known").click()


def expect_done(page: Page, write: Callable[[Page], None]) -> None:
    if write is add:
        expect(task(page, "Typed")).to_have_count(1)
    elif write is tick:
        expect(task(page, "Known")).to_be_checked()
    else:
        expect(task(page, "Known")).to_have_count(0)


class Delay:
    """Holds the page's write until the server has made the next document, and that document until
    the write is acknowledged."""

    def __init__(self, page: Page, person: Person) -> None:
        self.person = person
        # One that is on its way answers nothing; its storage is that of every page of its origin.
        self.beside = page.context.new_page()
        self.beside.goto(f"{person.stack.web_url}/icon.svg")
        self.before = self.stored()
        self.writes: list[Route] = []
        page.context.route(f"{person.stack.api_url}/api/users/**", self.on_api)
        page.context.route(f"{person.stack.web_url}/dashboard", self.on_page)

    def stored(self) -> object:
        return self.person.api.get(self.person.tasks_path).json()

    def on_api(self, route: Route) -> None:
        if route.request.method in ("PUT", "PATCH", "DELETE"):
            self.writes.append(route)
        else:
            route.continue_()

    def on_page(self, route: Route) -> None:
        document = route.fetch()
        for write in self.writes:
            write.continue_()
        eventually(self.beside, lambda: self.stored() != self.before and is_all_sent(self.beside))
        route.fulfill(response=document)


@pytest.mark.parametrize("write", [add, tick, delete])
@pytest.mark.parametrize("where", ["reload", "second tab"])
def test_a_page_made_before_the_write(
    page: Page, person: Person, write: Callable[[Page], None], where: str
) -> None:
    person.add_task("Known")
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    delay = Delay(page, person)
    write(page)
    eventually(page, lambda: bool(delay.writes))
    later = page if where == "reload" else page.context.new_page()
    later.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(later)
    expect_done(later, write)
    later.wait_for_load_state("networkidle")
    expect_done(later, write)
    page.context.unroute_all(behavior="ignoreErrors")
    later.reload()
    expect_dashboard(later)
    expect_done(later, write)


def test_what_another_device_has_done_since_is_not_hidden(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    add(page)
    eventually(page, lambda: person.titles() == ["Typed"] and is_all_sent(page))
    [found] = person.api.get(person.tasks_path).json()["items"]
    person.api.delete(f"{person.tasks_path}/{found['id']}")
    page.reload()
    expect(page.get_by_text("A clean page")).to_be_visible()


def leave_and_come_back(page: Page, person: Person) -> Callable[[], None]:
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Account settings").click()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    return lambda: page.get_by_role("link", name="Gatepass").click()


def test_undo_after_a_visit_to_another_page(page: Page, person: Person) -> None:
    person.add_task("Known")
    make_notices_last(page)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    delete(page)
    eventually(page, lambda: person.titles() == [])
    leave_and_come_back(page, person)()
    expect_dashboard(page)
    page.get_by_role("button", name="Undo").click()
    expect(task(page, "Known")).to_be_visible()
    eventually(page, lambda: person.titles() == ["Known"])


def test_undo_on_another_page(page: Page, person: Person) -> None:
    person.add_task("Known")
    make_notices_last(page)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    delete(page)
    come_back = leave_and_come_back(page, person)
    page.get_by_role("button", name="Undo").click()
    eventually(page, lambda: person.titles() == ["Known"])
    come_back()
    expect(task(page, "Known")).to_be_visible()


def test_back_to_a_kept_page_asks_anew(page: Page, person: Person) -> None:
    known = person.add_task("Known")
    page.clock.install()
    page.goto(f"{person.stack.web_url}/dashboard")
    expect(task(page, "Known")).to_be_visible()
    leave_and_come_back(page, person)
    person.api.delete(f"{person.tasks_path}/{known['id']}")
    page.clock.fast_forward("10:00")
    page.go_back()
    expect(page.get_by_text("A clean page")).to_be_visible()


class TestAnEditSavesOnlyWhatWasEdited:
    def begin(self, page: Page, person: Person) -> str:
        """Opens the editor, types, and changes the notes on another device meanwhile."""
        known = person.add_task("Call the plumer", description="Old notes")
        page.goto(f"{person.stack.web_url}/dashboard")
        expect_dashboard(page)
        page.get_by_role("button", name="Edit Call the plumer").click()
        page.get_by_role("textbox", name="Title").fill("Call the plumber")
        path = f"{person.tasks_path}/{known['id']}"
        person.api.patch(path, json={"description": "New notes", "due_date": "2031-05-06"})
        return path

    def save(self, page: Page, person: Person, path: str) -> None:
        page.get_by_role("button", name="Save").click()
        expect(task(page, "Call the plumber")).to_be_visible()
        eventually(page, lambda: person.api.get(path).json()["title"] == "Call the plumber")
        saved = person.api.get(path).json()
        assert (saved["description"], saved["due_date"]) == ("New notes", "2031-05-06")

    def test_in_an_open_form(self, page: Page, person: Person) -> None:
        path = self.begin(page, person)
        self.save(page, person, path)

    def test_where_the_list_has_been_fetched_anew(self, page: Page, person: Person) -> None:
        page.clock.install()
        path = self.begin(page, person)
        person.api.patch(path, json={"description": "Notes in between"})
        person.add_task("From another device")
        page.clock.fast_forward("01:00")
        page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
        expect(task(page, "From another device")).to_be_visible()
        person.api.patch(path, json={"description": "New notes"})
        self.save(page, person, path)

    def test_in_a_restored_draft(self, page: Page, person: Person) -> None:
        path = self.begin(page, person)
        page.reload()
        expect(page.get_by_role("textbox", name="Title")).to_have_value("Call the plumber")
        self.save(page, person, path)


def test_a_key_that_is_held_down_deletes_once(page: Page, person: Person) -> None:
    for title in ("One", "Two", "Three"):
        person.add_task(title)
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    page.keyboard.press("j")
    for _ in range(4):
        page.keyboard.down("Delete")
    page.keyboard.up("Delete")
    expect(page.get_by_role("list", name="Tasks").get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("Delete")
    expect(page.get_by_role("list", name="Tasks").get_by_role("listitem")).to_have_count(1)
    for left in (2, 3):
        page.keyboard.press("u")
        expect(page.get_by_role("list", name="Tasks").get_by_role("listitem")).to_have_count(left)


def test_garbage_in_storage_is_dropped(page: Page, person: Person) -> None:
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    item = {
        "id": str(uuid4()),
        "title": "Garbage",
        "description": None,
        "completed": False,
        "due_date": "garbage",
        "created_at": "",
        "updated_at": "",
    }
    entry = {"at": 9e15, "write": {"noun": "tasks", "method": "PUT", "item": item}}
    key = f"gatepass.outbox:{person.id}:tasks:{item['id']}"
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, json.dumps(entry)])
    warnings: list[str] = []
    page.on("console", lambda said: warnings.append(said.text) if said.type == "warning" else None)
    page.reload()
    expect_dashboard(page)
    expect(page.get_by_text("A clean page")).to_be_visible()
    eventually(page, lambda: page.evaluate("Object.keys(localStorage).length") == 0)
    assert [text for text in warnings if re.search("not valid", text)] == warnings[:1]
