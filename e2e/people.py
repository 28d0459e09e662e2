"""People who use Gatepass: made by real sign-up over HTTP, signed in by the cookie they got."""

import contextlib
import itertools
import secrets
import socket
import time
from dataclasses import dataclass, field
from functools import cached_property

import httpx
from playwright.sync_api import BrowserContext

from tools.stack import Stack

PATIENCE = 15  # seconds for an answer while other tests keep the machine busy

_numbers = itertools.count()
clients = contextlib.ExitStack()  # closed when the last test is over


@dataclass
class Person:
    """Somebody with an account; `cookies` is the session of the sign-up, `token` its pass."""

    stack: Stack
    name: str
    email: str
    password: str
    id: str
    token: str
    cookies: dict[str, str] = field(repr=False)

    @property
    def tasks_path(self) -> str:
        return f"/api/users/{self.id}/tasks"

    @cached_property
    def api(self) -> httpx.Client:
        """A client of the API with this person's pass."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return clients.enter_context(
            httpx.Client(base_url=self.stack.api_url, headers=headers, timeout=PATIENCE)
        )

    @cached_property
    def auth(self) -> httpx.Client:
        """A client of Better Auth with this person's session cookie."""
        headers = {"Origin": self.stack.web_url}
        base = f"{self.stack.web_url}/api/auth"
        client = httpx.Client(
            base_url=base,
            headers=headers,
            cookies=self.cookies,
            transport=own_address(),
            timeout=PATIENCE,
        )
        return clients.enter_context(client)

    def renew(self) -> None:
        """Has a new pass from the session, as a page has where the one that it has is over."""
        answer = self.auth.get("/gatepass/token")
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["token"]
        self.api.headers["Authorization"] = f"Bearer {self.token}"

    def add_task(self, title: str, **fields: object) -> dict[str, object]:
        answer = self.api.post(self.tasks_path, json={"title": title, **fields})
        if answer.status_code == 401:  # a pass of a few seconds can end on its way
            self.renew()
            answer = self.api.post(self.tasks_path, json={"title": title, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def titles(self) -> list[str]:
        answer = self.api.get(self.tasks_path, params={"limit": 100})
        return [task["title"] for task in answer.json()["items"]]

    def enter(self, context: BrowserContext) -> BrowserContext:
        """Signs this person in to a browser by giving it the session cookie."""
        for name, value in self.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": self.stack.web_url}])
        return context


def sign_up(stack: Stack, name: str = "Ada Lovelace") -> Person:
    """Creates an account through Better Auth's own endpoint."""
    email = f"{name.split()[0].lower()}.{secrets.token_hex(4)}@example.com"
    password = f"correct horse {secrets.token_hex(6)}"
    body = {"name": name, "email": email, "password": password}
    headers = {"Origin": stack.web_url}
    with httpx.Client(transport=own_address(), headers=headers, timeout=PATIENCE) as client:
        answer = client.post(f"{stack.web_url}/api/auth/sign-up/email", json=body)
        while answer.status_code == 429:
            time.sleep(float(answer.headers["x-retry-after"]))
            answer = client.post(f"{stack.web_url}/api/auth/sign-up/email", json=body)
        assert answer.status_code == 200, answer.text
        return Person(
            stack=stack,
            name=name,
            email=email,
            password=password,
            id=answer.json()["user"]["id"],
            token=answer.headers["set-auth-jwt"],
            cookies=dict(client.cookies),
        )


def next_address() -> str:
    """A loopback address that nobody else in this run has."""
    number = next(_numbers)
    return f"127.0.{number // 250 + 1}.{number % 250 + 2}"


def own_address() -> httpx.HTTPTransport:
    """A transport from a loopback address of its own, so that rate limits count people apart.

    Where the system has only 127.0.0.1 (macOS), the limit is met and waited for.
    """
    address = next_address()
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return httpx.HTTPTransport()
    return httpx.HTTPTransport(local_address=address)
