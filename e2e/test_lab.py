"""The expiry lab: each of its buttons in development, and nothing of it in production."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.conftest import StackFactory
from e2e.pages import behind_own_address, eventually, sign_in
from e2e.people import PATIENCE, Person, sign_up
from tools.stack import ROOT, Stack

BUILT = ROOT / "frontend/.next"
LAB = ROOT / "frontend/src/app/(signed-in)/lab"
COMPILED = 240  # seconds until whatever is visited for the first time is compiled
NOT_SERVED = {"cache", "dev"}  # of .next: what is kept between builds, and what `make dev` makes


@pytest.fixture(scope="module")
def dev(start_stack: StackFactory, browser: Browser) -> Iterator[Stack]:
    clean()
    stack = start_stack(dev=True)
    for path in ("/api/auth/ok", "/login"):
        httpx.get(f"{stack.web_url}{path}", timeout=COMPILED)
    page = open_lab(sign_up(stack), browser)
    # The first answer of each kind is compiled now, and the page may be loaded anew meanwhile.
    told = lambda: press(page, "Expire now", "A pass that is over").count() > 0  # noqa: E731
    eventually(page, told, COMPILED)
    page.context.close()
    yield stack
    stack.stop()
    clean()


def clean() -> None:
    """Nothing compiled before, and nothing left: what Turbopack kept of another state of the tree
    has made pages reload without end, and the types that it writes are looked at by `make check`.
    """
    shutil.rmtree(BUILT / "dev", ignore_errors=True)


@pytest.fixture
def somebody(dev: Stack) -> Person:
    return sign_up(dev)


@pytest.fixture
def lab(somebody: Person, browser: Browser) -> Iterator[Page]:
    page = open_lab(somebody, browser)
    yield page
    page.context.close()


def open_lab(person: Person, browser: Browser) -> Page:
    page = person.enter(browser.new_context(base_url=person.stack.web_url)).new_page()
    page.goto("/lab", timeout=COMPILED * 1000)
    expect(page.get_by_role("timer")).to_be_visible(timeout=COMPILED * 1000)
    return page


def press(page: Page, action: str, title: str) -> Locator:
    page.get_by_role("button", name=action, exact=True).click()
    return page.get_by_role("log", name=title).get_by_role("listitem")


SENT = re.compile("^Browsersends GET /api/me with the pass …")
ASKED = "Browsersends GET /api/auth/gatepass/token"
RENEWED = re.compile(r"^Issueranswers 200, the pass …")
TAKEN = re.compile("^APIanswers 200$")


def test_what_a_renewal_mends(lab: Page) -> None:
    for action, title, reason in (
        ("Expire now", "A pass that is over", "APIanswers 401: The token expired"),
        ("Tamper", "A forged pass", "APIanswers 401: The token is invalid"),
    ):
        expect(press(lab, action, title)).to_have_text(
            [
                SENT,
                reason,
                ASKED,
                RENEWED,
                SENT,
                TAKEN,
            ]
        )


def test_what_a_renewal_would_not_mend(lab: Page) -> None:
    lines = press(lab, "Another user's path", "Somebody else's tasks")
    expect(lines).to_have_text(
        [
            re.compile("^Browsersends GET /api/users/not-"),
            "APIanswers 403: You can only reach your own data.",
        ]
    )
    expect(lab.get_by_text("Access denied")).to_be_visible()
    expect(lab).to_have_url(re.compile("/lab$"))


def test_the_pass_in_hand(lab: Page, somebody: Person) -> None:
    card = lab.locator("dl")
    expect(card).to_contain_text(somebody.id)
    expect(card).to_contain_text(somebody.email)
    before = lab.get_by_role("timer").inner_text()
    expect(lab.get_by_role("timer")).not_to_have_text(before)


def test_no_network_and_a_slow_api(lab: Page, somebody: Person, browser: Browser) -> None:
    elsewhere = open_lab(somebody, browser)
    slow = press(elsewhere, "Slow API", "A slow API")

    lines = press(lab, "Go offline", "No network")
    banner = lab.get_by_text("Connection lost, changes are kept.")
    expect(banner).to_be_visible()
    expect(banner).to_be_hidden()
    expect(lines.filter(has_text="gets no answer")).not_to_have_count(0)
    expect(lines.last).to_have_text(TAKEN)

    expect(slow.filter(has_text="waits no longer")).to_have_count(1, timeout=30_000)
    expect(slow).to_have_text(
        [SENT, TAKEN, "Browserwaits no longer", SENT, TAKEN],
    )
    elsewhere.context.close()


def test_the_end_of_the_session(lab: Page, somebody: Person) -> None:
    behind_own_address(lab, somebody.stack)
    lines = press(lab, "End the session elsewhere", "A session that is over")
    lab.wait_for_url(re.compile(r"/login\?reason=expired&next=%2Flab"), timeout=30_000)
    sign_in(lab, somebody)
    expect(lines).to_have_text(
        [
            "Issuerhas no such session any more",
            SENT,
            TAKEN,
            re.compile("^Browserasks in four seconds"),
            ASKED,
            re.compile("^Issueranswers 401"),
        ]
    )


def test_a_stranger_is_sent_to_the_sign_in_page(dev: Stack) -> None:
    answer = httpx.get(f"{dev.web_url}/lab", timeout=60)
    assert answer.headers["location"].startswith("/login?")
    assert httpx.get(f"{dev.web_url}/lab/elsewhere", timeout=60).status_code == 401
    origin = {"Origin": dev.web_url}
    refused = httpx.post(f"{dev.web_url}/lab/elsewhere", headers=origin, timeout=60)
    assert refused.status_code == 401


def test_production_has_none_of_it(stack: Stack, person: Person) -> None:
    for path in ("/lab", "/lab/elsewhere"):
        url = f"{stack.web_url}{path}"
        assert httpx.get(url, cookies=person.cookies, timeout=PATIENCE).status_code == 404
    traces = words_of_the_lab()
    assert len(traces) > 20
    assert found(traces, BUILT, leaving_out=NOT_SERVED) == set()


def test_what_production_is_searched_for_is_in_development(lab: Page) -> None:
    built = found(words_of_the_lab(), BUILT / "dev", leaving_out={"cache"})
    assert len(built) > 20


def words_of_the_lab() -> set[bytes]:
    """Its folders and files by name, what it says, and the names of its own styles."""
    texts = {file.name: file.read_text() for file in LAB.rglob("*") if file.is_file()}
    sentences = {
        sentence
        for text in texts.values()
        for sentence in re.findall(r'"([A-Z][^"]* [^"]+)"', text)
    }
    styles = set(re.findall(r"^\.([\w-]+) {", texts["lab.css"], re.MULTILINE))
    return {
        word.encode() for word in {*texts, *sentences, *styles, "(signed-in)/lab", "gatepass-lab"}
    }


def found(words: set[bytes], folder: Path, *, leaving_out: set[str]) -> set[bytes]:
    present = set[bytes]()
    for home, _, names in os.walk(folder):  # which passes over a folder that has just gone
        if leaving_out & set(Path(home).relative_to(folder).parts):
            continue
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # replaced by Turbopack meanwhile
                content = Path(home, name).read_bytes()
                present |= {word for word in words if word in content}
    return present
