"""What the end-to-end tests need of the system: a Chromium, and curl for the docs' commands.

The browser is the system's, Debian's package where apt and root are there, or Playwright's own:
the headless shell, where there is one, which spends a quarter of the time on a new page because
it has no tabs, menus and toolbars to draw.
"""

import shutil
import subprocess
import sys

from tools import debian
from tools.say import fail, step

SHELL = "chromium-headless-shell"
NAMES = [SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]


def executable() -> str | None:
    """The path of a browser on this machine, or None for Playwright's own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Installs what is missing."""
    if executable() and shutil.which("curl"):
        return
    if _from_debian():
        return
    if executable():
        fail("curl is missing; install it and run this again")
    step("Installing Playwright's Chromium")
    if subprocess.call([sys.executable, "-m", "playwright", "install", "chromium"]):
        fail("no browser could be installed; install chromium and run this again")


def _from_debian() -> bool:
    step("Installing Debian's chromium and curl")
    return any(
        debian.install([name, "curl", "fonts-dejavu-core"]) and executable() is not None
        for name in (SHELL, "chromium")
    )


if __name__ == "__main__":
    install()
