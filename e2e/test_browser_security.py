"""What the pages tell the browser about security, and forms before any script has run."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.pages import behind_own_address, expect_dashboard, sign_in
from e2e.people import PATIENCE, Person, sign_up
from tools.stack import ROOT, Stack

PAGES = ["/", "/login", "/signup", "/dashboard", "/account", "/nowhere"]


def policy(answer: httpx.Response) -> dict[str, str]:
    directives = answer.headers["content-security-policy"].split(";")
    return dict((each.strip() + " ").split(" ", 1) for each in directives if each.strip())


@pytest.mark.parametrize("path", PAGES)
def test_headers_of_every_page(person: Person, path: str) -> None:
    stack = person.stack
    answer = httpx.get(f"{stack.web_url}{path}", cookies=person.cookies, timeout=PATIENCE)
    rules = policy(answer)
    assert "unsafe" not in rules["script-src"]
    assert "'nonce-" in rules["script-src"]
    assert rules["connect-src"].split() == ["'self'", stack.api_url]
    assert rules["frame-ancestors"].strip() == "'none'"
    assert rules["object-src"].strip() == "'none'"
    assert rules["base-uri"].strip() in ("'none'", "'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "permissions-policy" in answer.headers
    assert "referrer-policy" in answer.headers
    assert "x-powered-by" not in answer.headers
    assert "strict-transport-security" not in answer.headers  # plain http here


def test_each_answer_has_a_nonce_of_its_own(stack: Stack) -> None:
    first, second = (
        policy(httpx.get(f"{stack.web_url}/login", timeout=PATIENCE))["script-src"]
        for _ in range(2)
    )
    assert first != second


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/icon.svg", 200),
        ("/dashboard", 307),
        ("/login/", 308),
        ("/api/auth/ok", 200),
        ("/api/nowhere", 404),
        ("/icon.svg.html", 404),
        ("/favicon.ico", 404),
        ("/_next/static/nothing.js", 404),
        ("/_global-error", 404),
        ("/%5Fglobal%2Derror", 404),
        ("/_global-error/", 404),
        ("/_global-error.rsc", 404),
        ("/_next/image?url=%2Ficon.svg&w=64&q=75", 404),
        ("/%ff", 400),
    ],
)
def test_what_is_no_page_has_a_policy_too(stack: Stack, path: str, status: int) -> None:
    answer = httpx.get(f"{stack.web_url}{path}", timeout=PATIENCE)
    assert answer.status_code == status
    rules = policy(answer)
    assert rules["default-src"].strip() == rules["frame-ancestors"].strip() == "'none'"


@pytest.mark.parametrize("name", ["_global-error", "login", "icon.svg", "api/forms/sign-in"])
def test_a_page_has_one_address(stack: Stack, name: str) -> None:
    build = (ROOT / "frontend/.next/BUILD_ID").read_text()
    answer = httpx.get(f"{stack.web_url}/_next/data/{build}/{name}.json", timeout=PATIENCE)
    assert answer.status_code == 404
    assert policy(answer)["default-src"].strip() == "'none'"


@pytest.mark.parametrize("value", ["constructor", "__proto__", "toString", "<script>", "a\x00b"])
@pytest.mark.parametrize("name", ["reason", "error", "wait", "next"])
def test_no_parameter_breaks_the_login_page(stack: Stack, name: str, value: str) -> None:
    answer = httpx.get(f"{stack.web_url}/login", params={name: value}, timeout=PATIENCE)
    assert answer.status_code == 200


def test_an_upgrade_that_nobody_offers_is_answered(stack: Stack) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    answer = httpx.get(f"{stack.web_url}/_next/webpack-hmr", headers=headers, timeout=PATIENCE)
    assert answer.status_code == 404


def test_signed_in_pages_are_not_kept(person: Person) -> None:
    for path in ("/dashboard", "/account"):
        url = f"{person.stack.web_url}{path}"
        answer = httpx.get(url, cookies=person.cookies, timeout=PATIENCE)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["cache-control"]


def test_no_page_breaks_its_own_policy(page: Page, person: Person) -> None:
    broken: list[str] = []
    page.on(
        "console", lambda message: broken.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: broken.append(str(error)))
    for path in ("/dashboard", "/account"):
        page.goto(f"{person.stack.web_url}{path}")
        page.wait_for_load_state("networkidle")
    page.goto("about:blank")  # or the page before asks whether its session is still there
    page.context.clear_cookies()
    for path in ("/", "/login", "/signup"):
        page.goto(f"{person.stack.web_url}{path}")
        page.wait_for_load_state("networkidle")
    assert broken == []


def test_the_session_cookie_is_out_of_reach_of_scripts(visitor: Page, person: Person) -> None:
    visitor.goto("/login")
    sign_in(visitor, person)
    expect_dashboard(visitor)
    [cookie] = [c for c in visitor.context.cookies() if "session_token" in c.get("name", "")]
    assert cookie.get("httpOnly") is True
    assert cookie.get("sameSite") == "Lax"
    assert visitor.evaluate("document.cookie") == ""


class TestWithoutScripts:
    @pytest.fixture
    def plain(self, browser: Browser, stack: Stack) -> Page:
        context = browser.new_context(base_url=stack.web_url, java_script_enabled=False)
        page = context.new_page()
        behind_own_address(page, stack)
        return page

    def test_sign_in_works_and_no_password_is_in_a_url(self, plain: Page, person: Person) -> None:
        person.add_task("In the first HTML")
        addresses: list[str] = []
        plain.on("request", lambda request: addresses.append(request.url))
        plain.goto("/login?next=/dashboard")
        sign_in(plain, person)
        expect(plain).to_have_url(re.compile(r"/dashboard$"))
        expect(plain.get_by_text("In the first HTML").first).to_be_visible()
        assert not [url for url in addresses if "correct" in url]
        plain.context.close()

    def test_a_wrong_password_is_told(self, plain: Page, person: Person) -> None:
        plain.goto("/login")
        sign_in(plain, person, "not the password 1")
        expect(plain.get_by_role("alert").first).to_be_visible()
        assert "not" not in plain.url.split("?")[-1].lower().replace("notice", "")
        plain.context.close()


def test_another_site_cannot_sign_anybody_in(stack: Stack) -> None:
    person = sign_up(stack)
    answer = httpx.post(
        f"{stack.web_url}/api/forms/sign-in",
        data={"email": person.email, "password": person.password},
        headers={"Origin": "https://evil.example"},
        timeout=PATIENCE,
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


# Counted like any other, and no hash of a password can outlast the window of the limit.
ATTEMPT = {"email": "nobody@example.com"}


def test_an_invented_address_does_not_lift_the_rate_limit(start_stack: object) -> None:
    stack = start_stack(TRUSTED_PROXIES="")  # type: ignore[operator]
    answers = [
        httpx.post(
            f"{stack.web_url}/api/auth/sign-in/email",
            json=ATTEMPT,
            headers={"Origin": stack.web_url, "X-Forwarded-For": f"203.0.113.{number}"},
            timeout=PATIENCE,
        )
        for number in range(6)
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429, 429]
    for refused in answers[3:]:  # by Better Auth, then by the server in front of it
        assert 1 <= int(refused.headers["retry-after"]) <= 10
        assert "Too many requests" in refused.json()["message"]
    assert answers[5].json()["code"] == "TOO_MANY_REQUESTS"


def test_people_behind_a_proxy_are_counted_apart(stack: Stack) -> None:
    def attempt(address: str) -> int:
        forwarded = f"{address}, 127.0.0.9"  # through two proxies of ours
        return httpx.post(
            f"{stack.web_url}/api/auth/sign-in/email",
            json=ATTEMPT,
            headers={"Origin": stack.web_url, "X-Forwarded-For": forwarded},
            timeout=PATIENCE,
        ).status_code

    assert [attempt("203.0.113.1") for _ in range(4)] == [400, 400, 400, 429]
    assert attempt("203.0.113.2") == 400
    assert attempt("198.51.100.7, 203.0.113.1") == 429  # what a client invents is not believed


def test_sign_in_does_not_tell_which_accounts_exist(person: Person) -> None:
    answers = [
        person.auth.post("/sign-in/email", json={"email": email, "password": "not the password 1"})
        for email in (person.email, "nobody@example.com")
    ]
    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].json() == answers[1].json()


READ = ["/login", "/nope", "/ready", *(f"/api/auth/{name}" for name in ("ok", "get-session"))]


@pytest.mark.parametrize("path", READ)
def test_head_is_answered_as_get_is(person: Person, path: str) -> None:
    for cookies in ({}, person.cookies):
        head, get = (
            httpx.request(method, person.stack.web_url + path, cookies=cookies, timeout=PATIENCE)
            for method in ("HEAD", "GET")
        )
        assert (head.status_code, head.content) == (get.status_code, b"")
