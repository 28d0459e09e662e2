"""A device whose clock is wrong by hours."""

import pytest
from playwright.sync_api import Page, expect

from e2e.pages import add_task, eventually, expect_dashboard, task
from e2e.people import Person

HOUR = 60 * 60 * 1000

# What a page sees of such a clock: `Date` alone. Timers run as they do, and so do both halves.
WRONG_CLOCK = """
const Right = Date;
globalThis.Date = class Date extends Right {
  constructor(...given) { given.length ? super(...given) : super(Date.now()); }
  static now() { return Right.now() + %d; }
};
"""


@pytest.mark.parametrize("hours", [2, -2], ids=["ahead", "behind"])
def test_a_wrong_clock_neither_locks_out_nor_loops(page: Page, person: Person, hours: int) -> None:
    """No real clock can be set for one browser alone, so the page's `Date` is off instead."""
    person.add_task("Set the clock")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "gatepass/token" in r.url else None)
    page.add_init_script(WRONG_CLOCK % (hours * HOUR))
    page.goto(f"{person.stack.web_url}/dashboard")
    expect_dashboard(page)
    off = page.evaluate("Date.now()") - page.evaluate("performance.timeOrigin + performance.now()")
    assert abs(off - hours * HOUR) < HOUR / 2

    task(page, "Set the clock").check()
    expect(task(page, "Set the clock")).to_be_checked()
    for number in range(3):
        add_task(page, f"Task {number}")
    eventually(page, lambda: len(person.titles()) == 4)
    page.wait_for_timeout(1500)
    assert 1 <= len(asked) <= 2
    page.reload()
    expect(task(page, "Set the clock")).to_be_checked()
    expect_dashboard(page)
