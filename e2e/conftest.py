"""The running product, people and browsers for the end-to-end tests."""

import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from e2e.pages import behind_own_address
from e2e.people import PATIENCE, Person, clients, sign_up
from tools import browser as chromium
from tools.ports import free_ports
from tools.stack import Stack

StackFactory = Callable[..., Stack]

LIFETIME = 4  # seconds a pass lives on the short-lived copy

# Three browsers, their servers and a slow password hash share the machine's cores: what a page
# owes in a given time is asserted where it is promised.
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackFactory]:
    """Starts a further copy of both halves with variables of its own; ends it with the session."""
    started: list[Stack] = []

    def start(*, dev: bool = False, **variables: str) -> Stack:
        home = tmp_path_factory.mktemp("stack")
        extra = fresh_environment(home) | variables
        stack = Stack(dev=dev, extra=extra, log=home / "output.log")
        stack.migrate()
        started.append(stack)
        stack.start()
        stack.wait(180 if dev else 60)
        return stack

    yield start
    clients.close()
    for stack in started:
        stack.stop()


@pytest.fixture(scope="session")
def stack(start_stack: StackFactory) -> Stack:
    """The copy that most tests share."""
    return start_stack()


@pytest.fixture(scope="session")
def short(start_stack: StackFactory) -> Stack:
    """A copy whose passes expire while a test waits."""
    return start_stack(JWT_EXPIRES_IN=str(LIFETIME), JWT_LEEWAY="0")


@pytest.fixture(scope="session")
def copy_to_break(start_stack: StackFactory) -> Stack:
    return start_stack()


@pytest.fixture
def fragile(copy_to_break: Stack) -> Iterator[Stack]:
    """A copy whose API the test may stop; the next test finds it running again."""
    yield copy_to_break
    if "backend" not in copy_to_break.running:
        start_backend(copy_to_break)


def start_backend(stack: Stack) -> None:
    stack.spawn("backend", [sys.executable, "-m", "taskapi", "serve"])
    stack.wait()


def fresh_environment(home: Path) -> dict[str, str]:
    """Variables that leave nothing to the env files of the checkout."""
    web, api = free_ports(2)
    return {
        "BETTER_AUTH_SECRET": secrets.token_urlsafe(48),
        "WEB_PORT": str(web),
        "API_PORT": str(api),
        "BETTER_AUTH_URL": f"http://localhost:{web}",
        "CORS_ORIGINS": f"http://localhost:{web}",
        "NEXT_PUBLIC_API_BASE_URL": f"http://localhost:{api}",
        "AUTH_DATABASE_URL": str(home / "auth.sqlite"),
        "DATABASE_URL": str(home / "tasks.sqlite"),
        "LOG_LEVEL": "debug",
        "TRUSTED_PROXIES": "127.0.0.0/8",
    }


@pytest.fixture
def person(stack: Stack) -> Person:
    """Somebody with a fresh account on the shared copy."""
    return sign_up(stack)


@pytest.fixture
def context(person: Person, browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which `person` is signed in."""
    context = person.enter(browser.new_context(base_url=person.stack.web_url))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page in a browser where nobody is signed in."""
    context = browser.new_context(base_url=stack.web_url)
    page = context.new_page()
    behind_own_address(page, stack)
    yield page
    context.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    found = chromium.executable()
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": arguments}
