"""Takes the pictures of the README from the real product: light, dark and phone.

Usage: python -m tools.screenshots
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from e2e.conftest import fresh_environment
from e2e.people import Person, clients, sign_up
from tools import browser, build
from tools.say import step
from tools.stack import ROOT, Stack

PICTURES = ROOT / "docs/images"
DESK = {"width": 1200, "height": 760}
PHONE = {"width": 390, "height": 760}
TASKS: list[tuple[str, dict[str, object]]] = [
    ("Read the code before trusting it", {"completed": True}),
    ("Renew the library card", {"due_date": "2026-01-09"}),
    ("Book the train to Lisbon", {"due_date": "2031-05-02", "description": "Window seat"}),
    ("Prepare the talk: three stories, one diagram, two rehearsals", {}),
    ("Water the plants", {"completed": True}),
    ("Call the plumber about the kitchen tap", {}),
]


def main() -> None:
    """Starts a copy of both halves, fills it and photographs it."""
    build.build()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(extra=fresh_environment(Path(home)), log=Path(home, "log"))
        stack.migrate()
        try:
            stack.start()
            stack.wait()
            person = sign_up(stack)
            for title, fields in TASKS:
                person.add_task(title, **fields)
            photograph(stack, person)
        finally:
            clients.close()
            stack.stop()


def photograph(stack: Stack, person: Person) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.executable(), args=["--no-sandbox", "--disable-gpu"]
        )
        for theme in ("light", "dark"):
            for device, size in (("desk", DESK), ("phone", PHONE)):
                context = chromium.new_context(
                    color_scheme="dark" if theme == "dark" else "light",
                    viewport={"width": size["width"], "height": size["height"]},
                    device_scale_factor=1.5,
                )
                page = context.new_page()
                take(page, f"{stack.web_url}/login", f"login-{device}-{theme}")
                person.enter(context)
                take(page, f"{stack.web_url}/dashboard", f"dashboard-{device}-{theme}")
                take(page, f"{stack.web_url}/account", f"account-{device}-{theme}")
                context.close()
        chromium.close()


def take(page: Page, url: str, name: str) -> None:
    step(name)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
