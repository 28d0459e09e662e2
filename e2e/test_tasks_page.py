"""The task page: the address that keeps the view, the keyboard, and what can be undone."""

import re

import pytest
from playwright.sync_api import Page, expect

from e2e.pages import add_task, eventually, expect_dashboard, make_notices_last, task
from e2e.people import Person


@pytest.fixture
def dashboard(page: Page, person: Person) -> Page:
    """The task page with an overdue, a dated, a done and an undated task, made in this order."""
    person.add_task("Return the books", due_date="2020-01-02")
    person.add_task("Renew the passport", due_date="2031-05-06")
    person.add_task("Pay the rent", due_date="2025-03-04", completed=True)
    person.add_task("Call Grace")
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    return page


NEWEST_FIRST = ["Call Grace", "Pay the rent", "Renew the passport", "Return the books"]
BY_DUE_DATE = ["Return the books", "Pay the rent", "Renew the passport", "Call Grace"]


def expect_tasks(page: Page, titles: list[str]) -> None:
    """Exactly these, from top to bottom."""
    rows = page.get_by_role("list", name="Tasks").get_by_role("listitem")
    expect(rows).to_have_text([re.compile(f"^{title}") for title in titles])


class TestTheViewInTheAddress:
    def test_the_order_survives_a_reload(self, dashboard: Page) -> None:
        expect_tasks(dashboard, NEWEST_FIRST)
        order = dashboard.get_by_role("combobox", name="Order")
        order.select_option("Due date")
        expect_tasks(dashboard, BY_DUE_DATE)
        expect(dashboard).to_have_url(re.compile(r"\?sort=due_date$"))
        dashboard.reload()
        expect_dashboard(dashboard)
        expect_tasks(dashboard, BY_DUE_DATE)
        expect(order).to_have_value("due_date")
        order.select_option("Oldest first")
        expect_tasks(dashboard, NEWEST_FIRST[::-1])

    def test_back_and_forward_go_through_order_filter_and_search(self, dashboard: Page) -> None:
        order = dashboard.get_by_role("combobox", name="Order")
        is_open = dashboard.get_by_role("button", name="Open", exact=True)
        search = dashboard.get_by_role("searchbox", name="Search tasks")
        order.select_option("Due date")
        expect_tasks(dashboard, BY_DUE_DATE)
        is_open.click()
        expect_tasks(dashboard, ["Return the books", "Renew the passport", "Call Grace"])
        search.press_sequentially("re", delay=20)
        expect_tasks(dashboard, ["Return the books", "Renew the passport"])
        expect(dashboard).to_have_url(re.compile(r"\?status=open&q=re&sort=due_date$"))

        dashboard.go_back()  # one step, however many letters were typed
        expect_tasks(dashboard, BY_DUE_DATE)
        expect(search).to_have_value("")
        expect(is_open).to_have_attribute("aria-pressed", "false")
        dashboard.go_back()
        expect_tasks(dashboard, NEWEST_FIRST)
        expect(order).to_have_value("-created_at")
        dashboard.go_forward()
        dashboard.go_forward()
        expect_tasks(dashboard, ["Return the books", "Renew the passport"])
        expect(search).to_have_value("re")


class TestShortcuts:
    def test_the_list_opens_by_its_key(self, dashboard: Page) -> None:
        call = task(dashboard, "Call Grace")
        call.check()
        call.press("?")
        dialog = dashboard.get_by_role("dialog", name="Keyboard shortcuts")
        keys = ["N", "/", "J", "K", "Space", "E", "Delete", "U", "?"]
        expect(dialog.locator("kbd")).to_have_text(keys)
        dashboard.keyboard.press("u")  # the page behind it hears nothing
        dashboard.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(call).to_be_checked()

    def test_every_key_of_the_list(self, dashboard: Page, person: Person) -> None:
        press = dashboard.keyboard.press
        new, search = (
            dashboard.get_by_role("textbox", name="New task"),
            dashboard.get_by_role("searchbox", name="Search tasks"),
        )
        press("n")
        expect(new).to_be_focused()
        expect(new).to_have_value("")
        new.blur()
        press("/")
        expect(search).to_be_focused()
        expect(search).to_have_value("")
        search.blur()
        press("j")
        expect(task(dashboard, "Call Grace")).to_be_focused()
        press("j")
        expect(task(dashboard, "Pay the rent")).to_be_focused()
        press("k")
        expect(task(dashboard, "Call Grace")).to_be_focused()
        press("Space")
        expect(task(dashboard, "Call Grace")).to_be_checked()
        press("e")
        title = dashboard.get_by_role("textbox", name="Title")
        expect(title).to_be_focused()
        expect(title).to_have_value("Call Grace")
        press("Escape")
        expect(title).to_have_count(0)
        expect(dashboard.get_by_role("button", name="Edit Call Grace")).to_be_focused()
        press("Delete")
        expect(task(dashboard, "Call Grace")).to_have_count(0)
        expect(task(dashboard, "Pay the rent")).to_be_focused()
        press("u")
        expect(task(dashboard, "Call Grace")).to_be_checked()
        eventually(dashboard, lambda: "Call Grace" in person.titles())

    def test_a_key_pressed_again_types_in_no_open_editor(self, dashboard: Page) -> None:
        dashboard.get_by_role("button", name="Edit Pay the rent").click()
        title = dashboard.get_by_role("textbox", name="Title")
        expect(title).to_be_focused()
        task(dashboard, "Call Grace").focus()
        dashboard.keyboard.press("Delete")
        expect(dashboard.get_by_role("textbox", name="New task")).to_be_focused()
        expect(title).to_have_value("Pay the rent")

    @pytest.mark.parametrize("key", ["n", "/", "e"])
    def test_a_held_key_types_nothing_where_it_leads(self, dashboard: Page, key: str) -> None:
        task(dashboard, "Call Grace").focus()
        for _ in range(3):
            dashboard.keyboard.down(key)
        dashboard.keyboard.up(key)
        opened = dashboard.locator("input:not([type=checkbox]):focus")
        expect(opened).to_have_value("Call Grace" if key == "e" else "")
        opened.fill("")
        dashboard.keyboard.press(key)
        expect(opened).to_have_value(key)

    def test_a_held_enter_presses_nothing_twice(self, dashboard: Page) -> None:
        title = dashboard.get_by_role("textbox", name="New task")
        title.fill("Water the plants")
        self.hold_enter(dashboard)
        expect(task(dashboard, "Water the plants")).to_be_visible()
        expect(title).not_to_have_attribute("aria-invalid", "true")
        dashboard.get_by_role("button", name="Account menu").focus()
        self.hold_enter(dashboard)
        expect(dashboard.get_by_role("menuitem", name="Account settings")).to_be_focused()

    def hold_enter(self, page: Page) -> None:
        for _ in range(3):
            page.keyboard.down("Enter")
            page.wait_for_timeout(100)
        page.keyboard.up("Enter")

    def test_an_editor_that_opens_by_itself_takes_the_keyboard_from_nobody(
        self, dashboard: Page
    ) -> None:
        title = dashboard.get_by_role("textbox", name="Title")
        search = dashboard.get_by_role("searchbox", name="Search tasks")
        dashboard.get_by_role("button", name="Edit Call Grace").click()
        title.fill("Call Grace back")
        search.fill("xyz")
        expect(dashboard.get_by_role("status").get_by_text("Nothing matches")).to_be_visible()
        search.fill("")
        search.press_sequentially("grace", delay=20)
        expect(title).to_have_value("Call Grace back")
        expect(search).to_be_focused()

    def test_they_work_with_caps_lock_on(self, dashboard: Page) -> None:
        dashboard.keyboard.press("N")
        expect(dashboard.get_by_role("textbox", name="New task")).to_be_focused()

    def test_they_are_letters_where_one_types(self, dashboard: Page, person: Person) -> None:
        typed = "njk/eu?"
        dashboard.get_by_role("button", name="Edit Call Grace").click()
        notes = dashboard.get_by_role("form", name="Edit task").get_by_role("textbox", name="Notes")
        notes.press_sequentially(typed)
        expect(notes).to_have_value(typed)
        for role, name in (("textbox", "New task"), ("searchbox", "Search tasks")):
            field = dashboard.get_by_role(role, name=name)  # type: ignore[arg-type]
            field.press_sequentially(typed)
            field.press("Home")
            field.press("Delete")
            expect(field).to_have_value(typed[1:])
            expect(field).to_be_focused()
            field.fill("")
        expect(dashboard.get_by_role("dialog")).to_have_count(0)
        assert len(person.titles()) == 4

    def test_they_are_no_keys_of_an_open_menu(self, dashboard: Page) -> None:
        dashboard.get_by_role("button", name="Account menu").click()
        settings = dashboard.get_by_role("menuitem", name="Account settings")
        expect(settings).to_be_focused()
        dashboard.keyboard.press("n")
        dashboard.keyboard.press("j")
        expect(settings).to_be_focused()

    def test_an_input_method_has_its_own_escape(self, dashboard: Page) -> None:
        escape = """field => field.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Escape", isComposing: true, bubbles: true }))"""
        dashboard.get_by_role("button", name="Edit Call Grace").click()
        title = dashboard.get_by_role("textbox", name="Title")
        search = dashboard.get_by_role("searchbox", name="Search tasks")
        for field in (title, search):
            field.fill("Call")
            field.evaluate(escape)
            expect(field).to_have_value("Call")

    def test_they_can_be_switched_off(self, dashboard: Page) -> None:
        dashboard.get_by_role("button", name="Keyboard shortcuts").click()
        dashboard.get_by_role("checkbox", name="Use single keys on this device").uncheck()
        dashboard.keyboard.press("Escape")
        dashboard.reload()
        expect_dashboard(dashboard)
        expect_tasks(dashboard, NEWEST_FIRST)
        dashboard.keyboard.press("j")
        dashboard.keyboard.press("n")
        expect(task(dashboard, "Call Grace")).not_to_be_focused()
        expect(dashboard.get_by_role("textbox", name="New task")).not_to_be_focused()


class TestUndo:
    @pytest.fixture
    def dashboard(self, dashboard: Page) -> Page:
        make_notices_last(dashboard)
        dashboard.reload()
        expect_dashboard(dashboard)
        return dashboard

    def test_a_deleted_task_comes_back_as_it_was(self, dashboard: Page, person: Person) -> None:
        [before] = stored(person, "Renew the passport")
        dashboard.get_by_role("button", name="Delete Renew the passport").click()
        eventually(dashboard, lambda: stored(person, "Renew the passport") == [])
        dashboard.get_by_role("button", name="Undo").click()
        expect_tasks(dashboard, NEWEST_FIRST)
        eventually(dashboard, lambda: stored(person, "Renew the passport") != [])
        [after] = stored(person, "Renew the passport")
        assert after == before

    def test_cleared_tasks_come_back(self, dashboard: Page, person: Person) -> None:
        task(dashboard, "Call Grace").check()
        eventually(dashboard, lambda: len(stored(person, completed=True)) == 2)
        before = stored(person, completed=True)
        dashboard.get_by_role("button", name="Clear completed").click()
        expect_tasks(dashboard, ["Renew the passport", "Return the books"])
        expect(dashboard.get_by_text("2 completed tasks cleared")).to_be_visible()
        assert stored(person, completed=True) == []
        dashboard.get_by_role("button", name="Undo").click()
        expect_tasks(dashboard, NEWEST_FIRST)
        eventually(dashboard, lambda: len(stored(person, completed=True)) == 2)
        assert stored(person, completed=True) == before

    def test_there_may_be_nothing_to_clear(self, page: Page, person: Person) -> None:
        page.goto(f"{person.stack.web_url}/dashboard")
        expect_dashboard(page)
        add_task(page, "Still open")
        page.get_by_role("button", name="Clear completed").click()
        expect(page.get_by_text("There is nothing to clear")).to_be_visible()
        expect(task(page, "Still open")).to_be_visible()


def stored(person: Person, q: str = "", completed: bool | None = None) -> list[dict[str, object]]:
    """What the API holds; times of change, and of a new creation, are its own."""
    tasks = person.api.get(person.tasks_path, params={"q": q}).json()["items"]
    return sorted(
        (
            {name: task[name] for name in ("id", "title", "description", "completed", "due_date")}
            for task in tasks
            if completed is None or task["completed"] is completed
        ),
        key=lambda task: str(task["id"]),
    )
