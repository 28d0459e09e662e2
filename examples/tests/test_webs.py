"""Each page with its API, from the built tarball and wheel, in a real browser.

Browsers know the addresses that the examples print (localhost:3000 and so on); here those names
lead to free ports.
"""

import contextlib
import http.client
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from examples.tests.artifacts import EXAMPLES, ROOT
from examples.tests.conftest import SECRET, Serve, answering
from tools import browser, node
from tools.ports import free_port, free_ports

WEBS = ["node-fastapi/web", "vite-spa/issuer", "vite-spa/web", "nextjs/web"]
PASSWORD = "a long walk by the sea"
LATER_FOLDERS = {"node_modules", ".next", "dist"}
LATER = (*LATER_FOLDERS, "*.sqlite*", "next-env.d.ts")

# A slow password hash and a first visit of Next.js take their time on a busy machine.
expect.set_options(timeout=30_000)

Start = Callable[..., "contextlib.AbstractContextManager[str]"]
OpenAt = Callable[..., "contextlib.AbstractContextManager[Page]"]


@pytest.fixture(scope="session")
def installed(tarball: Path) -> Iterator[Callable[[str], Path]]:
    """A copy of a page's folder with the tarball in its node_modules.

    It lies in the checkout, where everything else that its package.json names is found.
    """
    home = ROOT / ".cache/examples"

    def install(name: str) -> Path:
        copy = home / name
        if not copy.exists():
            shutil.copytree(EXAMPLES / name, copy, ignore=shutil.ignore_patterns(*LATER))
            package = copy / "node_modules/gatepass"
            package.mkdir(parents=True)
            subprocess.run(["tar", "-xzf", tarball], cwd=package.parent, check=True)
            package.rmdir()
            (package.parent / "package").rename(package)
        return copy

    shutil.rmtree(home, ignore_errors=True)
    yield install
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def start(folder: Path, words: list[str], port: int, **environ: str) -> Iterator[str]:
    """A server of Node's in *folder*, until it is no longer needed."""
    environment = {
        **node.environment(),
        "BETTER_AUTH_SECRET": SECRET,
        "BETTER_AUTH_TELEMETRY": "0",
        "AUTH_DATABASE": ":memory:",
        "PORT": str(port),
        **environ,
    }
    server = subprocess.Popen([str(node.NODE), *words], cwd=folder, env=environment)
    try:
        yield answering(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def open_at(browser_type: BrowserType) -> OpenAt:
    """A page in a browser for which ``localhost:3000`` is the port that it is told."""

    @contextlib.contextmanager
    def open_at(url: str, **ports: int) -> Iterator[Page]:
        rules = ", ".join(
            f"MAP localhost:{name[1:]} 127.0.0.1:{port}" for name, port in ports.items()
        )
        args = ["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={rules}"]
        started: Browser = browser_type.launch(args=args, executable_path=browser.executable())
        try:
            page = started.new_page()
            page.goto(url)
            yield page
        finally:
            started.close()

    return open_at


def sign_up(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def test_plain_node_and_fastapi(
    installed: Callable[[str], Path], serve_api: Serve, open_at: OpenAt
) -> None:
    port, api = free_ports(2)
    web = installed("node-fastapi/web")
    with (
        serve_api("node-fastapi", api),
        start(web, ["server.js"], port),
        open_at("http://localhost:3000", _3000=port, _8000=api) as page,
    ):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        sign_up(page, "ada@example.com")
        expect(page.get_by_role("status")).to_have_text("Signed in as ada@example.com")
        page.get_by_label("New note").fill("Tea")
        page.get_by_role("button", name="Add note").click()
        expect(page.get_by_role("listitem")).to_have_text(["Tea"])
        assert not [url for url in asked if "gatepass/token" in url], "the header was enough"

        page.reload()
        page.get_by_label("New note").fill("Milk")
        page.get_by_role("button", name="Add note").click()
        expect(page.get_by_role("listitem")).to_have_text(["Tea", "Milk"])
        assert sum("gatepass/token" in url for url in asked) == 1

        page.context.clear_cookies()
        page.reload()
        page.get_by_role("button", name="Add note").click()
        page.get_by_label("New note").fill("Bread")
        page.get_by_role("button", name="Add note").click()
        expect(page.get_by_role("status")).to_have_text("Signed out: expired")


def test_a_page_of_another_origin(
    installed: Callable[[str], Path], serve_api: Serve, open_at: OpenAt
) -> None:
    port, api, issuer = free_ports(3)
    spa, server = installed("vite-spa/web"), installed("vite-spa/issuer")
    accounts = str(server / "auth.sqlite")
    vite = str(ROOT / "node_modules/vite/bin/vite.js")
    subprocess.run(
        [str(node.NODE), vite, "build", "--logLevel", "warn"],
        cwd=spa,
        env=node.environment(),
        check=True,
    )
    preview = [vite, "preview", "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    with (
        serve_api("vite-spa", api),
        start(server, ["server.js"], issuer, AUTH_DATABASE=accounts),
        start(spa, preview, port),
        open_at("http://localhost:5173", _5173=port, _3000=issuer, _8000=api) as page,
    ):
        expect(page.get_by_role("status")).to_have_text("Signed out")
        sign_up(page, "reader@example.com")
        expect(page.get_by_role("status")).to_have_text("Signed in as reader@example.com")
        page.get_by_label("Title").fill("Mine")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status")).to_have_text("Refused: 403")

        page.reload()
        expect(page.get_by_role("status"), "by the cookie of the other origin").to_have_text(
            "Signed in as reader@example.com"
        )
        sign_up(page, "editor@example.com")
        expect(page.get_by_role("status")).to_have_text("Signed in as editor@example.com")
        with contextlib.closing(sqlite3.connect(accounts)) as database, database:
            database.execute("UPDATE user SET role = 'editor' WHERE email LIKE 'editor@%'")
        page.reload()
        expect(page.get_by_role("status")).to_have_text("Signed in as editor@example.com")
        page.get_by_label("Title").fill("News")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("listitem")).to_have_text(["The first one", "News"])


def test_a_next_js_app(
    installed: Callable[[str], Path], serve_api: Serve, open_at: OpenAt, tmp_path: Path
) -> None:
    port, api = free_ports(2)
    web = installed("nextjs/web")
    with serve_api("nextjs", api) as api_url:
        environ = {"AUTH_DATABASE": str(tmp_path / "auth.sqlite"), "API_URL": api_url}
        next_js = str(ROOT / "node_modules/next/dist/bin/next")
        for words in (["migrate.ts"], [next_js, "build"]):
            subprocess.run(
                [str(node.NODE), *words],
                cwd=web,
                env={**node.environment(), "BETTER_AUTH_SECRET": SECRET, **environ},
                check=True,
            )
        with (
            start(web, [next_js, "start"], port, **environ),
            open_at("http://localhost:3000", _3000=port) as page,
        ):
            expect(page.get_by_text("Chosen for nobody in particular")).to_be_visible()
            sign_up(page, "ada@example.com")
            expect(page.get_by_text("Chosen for ada@example.com"), "in the HTML").to_be_visible()
            again = page.reload()
            assert again
            assert "Who am I?" in again.text(), "the client component is rendered on the server"
            page.get_by_role("button", name="Who am I?").click()
            expect(page.get_by_role("status")).to_have_text("ada@example.com")


@pytest.mark.parametrize("name", ["node-fastapi/web", "vite-spa/issuer"])
def test_no_request_of_a_stranger_ends_a_server(
    installed: Callable[[str], Path], name: str
) -> None:
    port = free_port()

    def ask(path: str, method: str = "GET", host: str = "localhost") -> int:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request(method, path, headers={"Host": host})
            return connection.getresponse().status

    with start(installed(name), ["server.js"], port):
        assert ask("/gatepass/nope.js") == 404
        assert ask("/api/auth/ok", "TRACE") == 400
        for host in ("a b", "[", "ada@localhost"):
            assert ask("/api/auth/ok", host=host) == 400
        assert ask("/api/auth/ok") == 200


@pytest.mark.parametrize("name", WEBS)
def test_ten_lines_are_ours(name: str) -> None:
    """Lines that are there because of Gatepass: its imports, and what is done with them."""
    mine = re.compile(r"gatepass|createPassClient|mintToken|\bpass\b|\btoken\b|trustedOrigins")
    files = [
        file
        for file in (EXAMPLES / name).rglob("*")
        if file.suffix in {".js", ".ts", ".tsx", ".html"} and not LATER_FOLDERS & set(file.parts)
    ]
    lines = [line for file in files for line in file.read_text().splitlines() if mine.search(line)]
    assert 0 < len(lines) <= 10, lines
