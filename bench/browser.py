"""What a person waits for in the browser: script per page, the road to the tasks, first paint.

    .venv/bin/python -m bench.browser [--rounds N]

A real Chromium against the production build and both real halves. Every measurement begins in a
browser without cache; contestants take turns, medians are compared. A page is watched from
outside, through the DevTools protocol and a script that the browser adds to it.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.network import Exchange, NetworkLog, delay, longest_chain, throttle
from bench.plain_page import plain_page
from bench.report import Figure, machine, write
from e2e.conftest import fresh_environment
from e2e.people import Person, clients, next_address, sign_up
from tools import browser, build
from tools.stack import Stack

# Watches every frame. `interactive`: React has taken the form over, `onsubmit`: a plain page has.
WATCH = """
const seen = (window.seen = {});
addEventListener("click", (event) => {
  if (event.target.closest("button[type=submit]")) seen.pressed = event.timeStamp;
}, true);
new PerformanceObserver((paints) => {
  seen.paint ??= paints.getEntriesByName("first-contentful-paint")[0]?.startTime;
}).observe({ type: "paint", buffered: true });
const box = (selector) => document.querySelector(selector)?.getBoundingClientRect().height > 0;
const taken = (form) => form.onsubmit || Object.keys(form).some(
  (key) => key.startsWith("__reactProps$") && form[key].onSubmit);
function look() {
  const now = performance.now();
  const form = document.querySelector("form");
  if (form && box("[name=email]") && box("[name=password]") && box("button[type=submit]")) {
    seen.form ??= now;
    if (taken(form)) seen.interactive ??= now;
  }
  if (box("ul[aria-label=Tasks] > li")) seen.tasks ??= now;
  requestAnimationFrame(look);
}
look();
"""
BARE_SIGN_IN = """async ([email, password]) => {
  const begun = performance.now();
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ email, password });
  const signedIn = await fetch("/api/auth/sign-in/email", { method: "POST", headers, body });
  const page = await fetch("/dashboard");
  if (!signedIn.ok || !(await page.text()).includes("Task 1")) throw new Error("not signed in");
  return performance.now() - begun;
}"""
SCRIPT_AIMS = {"/": None, "/login": 139.7, "/signup": None, "/dashboard": 174.0, "/account": None}
ROUND_TRIPS_AIM = 2
FAR_AWAY = 250  # ms: so late, what does not wait for an answer has long been asked for


class Bench:
    """One stack, one browser, one person with six tasks; `missed` gathers what misses its aim."""

    def __init__(self, stack: Stack, chromium: Browser, rounds: int) -> None:
        self.stack, self.chromium, self.rounds = stack, chromium, rounds
        self.missed: list[str] = []
        self.figures: list[Figure] = []
        self.person: Person = sign_up(stack)
        for number in range(1, 7):
            self.person.add_task(f"Task {number}")

    @contextmanager
    def visit(self, *, signed_in: bool = False) -> Iterator[tuple[Page, NetworkLog]]:
        """A page of a browser without cache, at an address of its own for the rate limit."""
        context = self.chromium.new_context(
            base_url=self.stack.web_url, extra_http_headers={"x-forwarded-for": next_address()}
        )
        if signed_in:
            self.person.enter(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        yield page, NetworkLog(context.new_cdp_session(page))
        context.close()

    def aim(self, name: str, value: float, aim: float) -> None:
        if value > aim:
            self.missed.append(f"{name} {value:.1f} > {aim}")

    def scripts(self) -> None:
        """Bodies of all scripts as transferred, until the network is idle, nothing touched."""
        print("| page | script, kB gzip | files | HTML, kB gzip | aim |\n|---|---:|---:|---:|---:|")
        for path, aim in SCRIPT_AIMS.items():
            with self.visit(signed_in=path in ("/dashboard", "/account")) as (page, log):
                page.goto(path)
                page.wait_for_load_state("networkidle")
                assert path == "/" or path in page.url, page.url
                scripts = [each for each in log.exchanges if "javascript" in each.mime]
                html = sum(each.body for each in log.exchanges if each.kind == "Document")
            size = sum(each.body for each in scripts) / 1000
            print(f"| `{path}` | {size:.1f} | {len(scripts)} | {html / 1000:.1f} | {aim or ''} |")
            self.figures.append(
                Figure(f"script of {path}, kB", size, f"≤ {aim}" if aim else "", plotted=False)
            )
            if aim:
                self.aim(f"script of {path}", size, aim)

    def road(self) -> None:
        """From pressing "Sign in" to the tasks, beside the two bare requests behind it."""
        roads = {
            'pressing "Sign in", first visit': self.first_sign_in,
            'pressing "Sign in", scripts cached': self.later_sign_in,
            "reload of the tasks": self.reload,
        }
        waits: dict[str, list[float]] = {name: [] for name in ("floor", *roads)}
        for _ in range(self.rounds):
            with self.visit() as (page, _log):
                page.goto("/login", wait_until="networkidle")
                credentials = [self.person.email, self.person.password]
                waits["floor"].append(page.evaluate(BARE_SIGN_IN, credentials))
            for name, walk in roads.items():
                waits[name].append(walk()[0])
        floor = statistics.median(waits["floor"])
        print("| until the tasks are visible | ratio | data: round trips | with scripts | tokens |")
        print("|---|---:|---:|---:|---:|\n| bare sign-in, then `/dashboard` | 1.00 | 2 | 2 | 0 |")
        requests = []
        for name, walk in roads.items():
            asked = walk(FAR_AWAY)[1]
            data = len(longest_chain([each for each in asked if "javascript" not in each.mime]))
            every = len(longest_chain(asked))
            tokens = sum("gatepass/token" in each.url for each in asked)
            ratio = statistics.median(waits[name]) / floor
            print(f"| {name} | {ratio:.2f} | {data} | {every} | {tokens} |")
            self.figures.append(Figure(f"{name}, bare requests = 1", ratio))
            self.aim(f"round trips, {name}", every, ROUND_TRIPS_AIM)
            self.aim(f"token requests, {name}", tokens, 0)
            requests.append(f"{name}: {', '.join(map(str, asked))}")
        print(f"\nfloor {floor:.0f} ms", *requests, sep="\n")

    def first_sign_in(self, latency: float = 0) -> tuple[float, list[Exchange]]:
        """Milliseconds until the tasks are visible, and what was asked for on the way."""
        with self.visit() as (page, log):
            return self.sign_in(page, log, latency)

    def later_sign_in(self, latency: float = 0) -> tuple[float, list[Exchange]]:
        """The same where the tasks have been visited before."""
        with self.visit(signed_in=True) as (page, log):
            page.goto("/dashboard", wait_until="networkidle")
            page.context.clear_cookies()
            return self.sign_in(page, log, latency)

    def reload(self, latency: float = 0) -> tuple[float, list[Exchange]]:
        """The same for a reload of the page with the tasks."""
        with self.visit(signed_in=True) as (page, log):
            page.goto("/dashboard", wait_until="networkidle")
            delay(log.session, latency)
            page.reload()
            seen = watched(page, "tasks")
            return seen["tasks"], log.between(seen["wall"], seen)

    def sign_in(self, page: Page, log: NetworkLog, latency: float) -> tuple[float, list[Exchange]]:
        page.goto("/login", wait_until="networkidle")
        page.get_by_label("Email").fill(self.person.email)
        page.get_by_label("Password", exact=True).fill(self.person.password)
        page.wait_for_load_state("networkidle")
        delay(log.session, latency)
        page.get_by_role("button", name="Sign in").click()
        seen = watched(page, "tasks")
        return seen["tasks"] - seen["pressed"], log.between(seen["wall"] + seen["pressed"], seen)

    def paint(self) -> None:
        """The login page on a slow phone, beside the same form written as one plain page."""
        found: dict[str, list[dict[str, float]]] = {"plain page": [], "/login": []}
        with plain_page() as plain:
            for name, url in itertools.chain.from_iterable(
                [("plain page", plain), ("/login", "/login")] for _ in range(self.rounds)
            ):
                with self.visit() as (page, log):
                    throttle(log.session)
                    page.goto(url)
                    found[name].append(watched(page, "interactive", "paint"))
        print(
            "| ratio to the plain page's first paint | first paint | form visible | interactive |"
        )
        print("|---|---:|---:|---:|")
        steps = ("paint", "form", "interactive")
        floor = statistics.median(each["paint"] for each in found["plain page"])
        for name, runs in found.items():
            ratios = [statistics.median(each[step] for each in runs) / floor for step in steps]
            print(f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |")
            self.figures += [
                Figure(f"{name}: {step}, plain page = 1", ratio)
                for step, ratio in zip(steps, ratios, strict=True)
            ]
        print(f"\nfirst paint of the plain page {floor / 1000:.2f} s")


def watched(page: Page, *what: str) -> dict[str, float]:
    """What the page's watcher saw, in ms since `wall` (ms since the epoch), with *what* in it."""
    deadline = time.monotonic() + 60
    while True:
        seen: dict[str, float] = page.evaluate("({ ...seen, wall: performance.timeOrigin })")
        if seen.keys() >= set(what):
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"{page.url} shows no {' and '.join(what)}")
        page.wait_for_timeout(100)  # not wait_for_function: it needs eval, the policy refuses it


def main() -> int:
    parser = argparse.ArgumentParser(description="the browser's side, as ratios")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    browser.install()
    build.build()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        quiet = {"LOG_LEVEL": "info"}
        stack = Stack(extra=fresh_environment(Path(home)) | quiet, log=Path(home, "log"))
        stack.migrate()
        try:
            stack.start()
            stack.wait()
            chromium = playwright.chromium.launch(
                executable_path=browser.executable(), args=["--no-sandbox", "--disable-gpu"]
            )
            bench = Bench(stack, chromium, rounds)
            with bench.visit() as (page, _log):
                page.goto("/login")  # the server loads its code with the first request
            print(f"{machine()}, Chromium {chromium.version}; medians of {rounds} rounds\n")
            for measure in (bench.scripts, bench.road, bench.paint):
                measure()
                print(flush=True)
            chromium.close()
            write("browser", "The browser's side", bench.figures, [f"Medians of {rounds} rounds."])
        finally:
            clients.close()
            stack.stop()
    print("TARGETS MISSED: " + "; ".join(bench.missed) if bench.missed else "targets kept")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
