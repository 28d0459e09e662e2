"""The product behind a proxy that ends TLS, as `BETTER_AUTH_URL=https://…` says."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from e2e.conftest import StackFactory
from e2e.pages import add_task, create_account, expect_dashboard, sign_out, task
from e2e.tls_front import tls_front
from tools.ports import free_port
from tools.stack import Stack

PASSWORD = "a long walk by the sea 7"


@pytest.fixture(scope="module")
def stack(start_stack: StackFactory) -> Iterator[Stack]:
    """A copy whose public address is https; only the API stays on http."""
    port = free_port()
    origin = f"https://localhost:{port}"
    stack = start_stack(BETTER_AUTH_URL=origin, CORS_ORIGINS=origin)
    with tls_front(port, int(stack.extra["WEB_PORT"])):
        yield stack


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """A browser that does not ask who signed the certificate."""
    with browser.new_context(base_url=stack.web_url, ignore_https_errors=True) as context:
        yield context


def test_from_sign_up_to_sign_out(page: Page, stack: Stack) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/dashboard")
    expect(page).to_have_url(re.compile(rf"^{stack.web_url}/login\?next="))
    page.get_by_role("link", name="Create account").click()
    create_account(page, "Ada Lovelace", "ada@example.com", PASSWORD)
    expect_dashboard(page)

    [cookie] = [c for c in page.context.cookies() if "session_token" in c.get("name", "")]
    assert cookie.get("name", "").startswith("__Host-")
    assert (cookie.get("secure"), cookie.get("httpOnly"), cookie.get("sameSite")) == (
        True,
        True,
        "Lax",
    )
    add_task(page, "Over a safe line")
    page.reload()
    expect_dashboard(page)
    expect(task(page, "Over a safe line")).to_be_visible()
    sign_out(page)
    expect_login_of(page, stack)
    # What is left names no session: it lets this browser in while somebody guesses.
    left = [cookie.get("name") for cookie in page.context.cookies()]
    assert left == ["__Host-better-auth.browser"]

    own = [each for each in answers if each.url.startswith(stack.web_url)]
    kinds = {each.request.resource_type for each in own}
    assert {"document", "script", "stylesheet", "fetch"} <= kinds
    lasting = {each.headers.get("strict-transport-security") for each in own}
    assert lasting == {"max-age=63072000; includeSubDomains"}


def expect_login_of(page: Page, stack: Stack) -> None:
    expect(page).to_have_url(f"{stack.web_url}/login?reason=signed-out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_forms_without_scripts_stay_on_https(browser: Browser, stack: Stack) -> None:
    with browser.new_context(
        base_url=stack.web_url, ignore_https_errors=True, java_script_enabled=False
    ) as context:
        page = context.new_page()
        page.goto("/signup")
        create_account(page, "Grace Hopper", "grace@example.com", PASSWORD)
        expect(page).to_have_url(f"{stack.web_url}/dashboard")
        [cookie] = [c for c in context.cookies() if "session_token" in c.get("name", "")]
        assert cookie.get("secure") is True
