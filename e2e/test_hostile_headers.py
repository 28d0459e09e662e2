"""No header costs more at its longest than a harmless one of that length: patterns of Next.js and
Better Auth are met by whatever strangers send, and `make check` sees only our own."""

import re
import time

import httpx
import pytest

from e2e.people import PATIENCE, own_address
from tools.stack import Stack

LENGTH = 15_000  # of the 16 KB that a request may have
HARMLESS = "X-Anything"
SLACK = 0.3  # seconds; other tests share the machine, and what these are about takes 1.7
HEADERS = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Content-Type",
    "Cookie",
    "If-None-Match",
    "Next-Router-Prefetch",
    "Next-Router-State-Tree",
    "Next-Url",
    "Purpose",
    "Range",
    "Referer",
    "RSC",
    "Traceparent",
    "User-Agent",
    "X-Forwarded-For",
    "X-Nextjs-Data",
]


def quickest(client: httpx.Client, path: str, headers: dict[str, str]) -> float:
    """Seconds; of five, since what else the machine does only adds to it."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        status = client.get(path, headers=headers).status_code
        assert status < 500
        assert status != 429, "what is refused for its rate costs nothing"
        took.append(time.perf_counter() - began)
    return min(took)


@pytest.mark.parametrize("text", ["-" * LENGTH, "a" * LENGTH, "a,;=" * (LENGTH // 4)])
def test_no_header_costs_more_than_a_harmless_one(stack: Stack, text: str) -> None:
    for path in ("/icon.svg", "/login", "/api/auth/ok"):
        # An address of its own, whose limit the walk of one path does not reach.
        with httpx.Client(base_url=stack.web_url, timeout=30, transport=own_address()) as client:
            allowed = 10 * quickest(client, path, {HARMLESS: text}) + SLACK
            for header in HEADERS:
                took = quickest(client, path, {header: text})
                assert took < allowed, f"{header} at {path}: {took:.3f} s"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Range", "bytes=99999999-"),
        ("Range", "bytes=99-1"),
        ("If-Match", '"x"'),
        ("If-Unmodified-Since", "Mon, 01 Jan 1990 00:00:00 GMT"),
    ],
)
def test_a_condition_that_a_file_does_not_meet_is_no_fault(
    stack: Stack, name: str, value: str
) -> None:
    with httpx.Client(base_url=stack.web_url, transport=own_address(), timeout=PATIENCE) as client:
        found = re.search(r"/_next/static/[^\"]+\.js", client.get("/login").text)
        assert found
        for path in (found[0], "/icon.svg", "/login"):
            assert client.get(path, headers={name: value}).status_code == 200


NESTED = '["",{"a":' * 1300 + '["",{}]' + "}]" * 1300


@pytest.mark.parametrize("tree", [NESTED, "x" * LENGTH, "x", '["",7]'])
def test_a_tree_of_routes_that_no_browser_sends_costs_nothing(stack: Stack, tree: str) -> None:
    """Next.js looks at it where its own half in the browser asks, and redirects to an address
    that holds a hash of it."""
    with httpx.Client(base_url=stack.web_url, timeout=30, follow_redirects=True) as client:
        asking = {"RSC": "1"}
        allowed = 10 * quickest(client, "/login", {**asking, HARMLESS: tree}) + SLACK
        took = quickest(client, "/login", {**asking, "Next-Router-State-Tree": tree})
        assert took < allowed, f"{took:.3f} s"
