"""What is there before any script has run, and that the scripts do not ask for it again."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from e2e.pages import expect_dashboard, task
from e2e.people import Person


def open_without_scripts(
    browser: Browser, person: Person, path: str, theme: Literal["light", "dark"] = "light"
) -> Page:
    context = browser.new_context(
        base_url=person.stack.web_url, java_script_enabled=False, color_scheme=theme
    )
    page = person.enter(context).new_page()
    page.goto(path)
    return page


def test_the_first_html_holds_the_tasks_of_the_view(browser: Browser, person: Person) -> None:
    person.add_task("Later", due_date="2031-05-06")
    person.add_task("Sooner", due_date="2030-05-06")
    person.add_task("Done", completed=True)
    page = open_without_scripts(browser, person, "/dashboard?status=open&sort=due_date")
    rows = page.get_by_role("list", name="Tasks").get_by_role("listitem")
    expect(rows).to_have_text([re.compile("^Sooner"), re.compile("^Later")])
    expect(page.get_by_text("Loading tasks")).to_have_count(0)
    expect(page.get_by_label("Password")).to_have_count(0)
    expect(page.get_by_role("button", name="Open", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.context.close()


def test_the_scripts_take_over_without_asking_again(page: Page, person: Person) -> None:
    person.add_task("In the first HTML")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        task(page, "In the first HTML").check()  # the scripts are there
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)  # coming back is a reason to ask, if ever there was one
    page.context.set_offline(False)
    page.wait_for_timeout(1000)
    to_api = [each.method for each in asked if each.url.startswith(person.stack.api_url)]
    assert [method for method in to_api if method != "OPTIONS"] == ["PATCH"]
    documents = [each for each in asked if each.resource_type == "document"]
    rendered_again = [each.url for each in asked if "/dashboard?_rsc" in each.url]
    assert (len(documents), rendered_again) == (1, [])


@pytest.mark.parametrize("path", ["/login", "/dashboard"])
def test_the_first_paint_is_in_the_visitors_theme(
    browser: Browser, person: Person, path: str
) -> None:
    brightness = {}
    for theme in ("light", "dark"):
        page = open_without_scripts(browser, person, path, theme)
        colour = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        brightness[theme] = max(int(part) for part in re.findall(r"\d+", colour)[:3])
        # The browser's own parts too: scroll bars, fields, the page before its stylesheet.
        scheme = page.locator("html").evaluate("html => getComputedStyle(html).colorScheme")
        assert scheme == "light dark"
        assert page.locator("meta[name=color-scheme]").get_attribute("content") == "light dark"
        page.context.close()
    assert brightness["light"] > 200
    assert brightness["dark"] < 60


@pytest.mark.parametrize(
    ("path", "label"),
    [("/dashboard", "New task"), ("/account", "Name"), ("/account", "New password")],
)
def test_what_is_typed_before_the_scripts_run_stays(
    browser: Browser, person: Person, path: str, label: str
) -> None:
    page = open_without_scripts(browser, person, path)
    field = page.get_by_label(label, exact=True)
    field.fill("Call the doctor")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    field.press("Enter")
    page.wait_for_timeout(500)
    assert asked == []
    expect(field).to_have_value("Call the doctor")
    page.context.close()
