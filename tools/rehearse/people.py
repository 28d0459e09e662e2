"""People with sessions: they sign up, renew their pass, write, read, and look at other people's.

Each lives in a coroutine of its own and does one thing after the other, as a browser tab does:
an idempotent write that failed is sent again until it is acknowledged, a POST never is.
"""

import asyncio
import base64
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx

from tools.rehearse.ledger import ABSENT, Book, Ledger, State
from tools.rehearse.site import Site

PATIENCE = 15  # seconds for an answer, as the browser's client has
PAUSE = 0.12  # seconds between two requests of one person
MOST_TASKS = 40
LONG = "\N{TRAM}" * 5000  # 20 kB: more than the proxy holds back before it passes a body on
SHAPE = {"detail": str, "status_code": int, "error_type": str, "request_id": str}


class Person:
    """One session; `live` until `stopping` is set, then `audit`."""

    def __init__(self, number: int, site: Site, ledger: Ledger) -> None:
        self.name = f"person-{number}-{secrets.token_hex(3)}"
        self.site, self.ledger = site, ledger
        self.book = Book(tag=f"{self.name}:")
        self.email = f"{self.name}@example.com"
        self.password = f"correct horse {secrets.token_hex(6)}"
        self.id = self.token = ""
        self.expires = self.renewed = self.signed_in = 0.0
        self.count = 0
        self.slow = number % 3 == 0  # sends a body in two pieces, as a telephone on a train does
        self.client = httpx.AsyncClient(
            transport=site.transport(number), timeout=PATIENCE, headers={"Origin": site.web}
        )
        self.others: list[Person] = []

    async def enter(self) -> None:
        """Signs up, again and again until it is acknowledged."""
        account = {"name": self.name, "email": self.email, "password": self.password}
        answer = await self.client.post(f"{self.site.web}/api/auth/sign-up/email", json=account)
        if answer.status_code != 200:
            raise RuntimeError(f"sign-up answered {answer.status_code}: {answer.text[:200]}")
        self.id = answer.json()["user"]["id"]
        self.take(answer.headers["set-auth-jwt"])

    async def live(self, stopping: asyncio.Event) -> None:
        tried = [self.put, self.put, self.patch, self.post, self.delete, self.read, self.read]
        rare = [self.renew, self.trespass, self.page] + ([self.sign_in] if not self.slow else [])
        chance = random.Random(self.name)  # noqa: S311 (a load, not a secret)
        while not stopping.is_set():
            if time.monotonic() > self.expires - 5 or time.monotonic() > self.renewed + 3:
                await self.renew()
            if time.monotonic() < self.expires - 1:
                await chance.choice(tried if chance.random() < 0.92 else rare)()
            await asyncio.sleep(PAUSE * chance.uniform(0.5, 1.5))

    async def put(self) -> None:
        known = self.book.certain()
        task = random.choice(known) if len(known) > 5 and random.random() < 0.3 else str(uuid4())  # noqa: S311
        state = (self.title(), False)
        body = {"title": state[0], "completed": state[1]}
        await self.until_acknowledged("PUT", task, state, body)

    async def patch(self) -> None:
        if known := self.book.certain():
            task = random.choice(known)  # noqa: S311
            [state] = self.book.possible[task]
            assert state
            changed = (state[0], not state[1])
            await self.until_acknowledged("PATCH", task, changed, {"completed": changed[1]})

    async def delete(self) -> None:
        known = self.book.certain()
        if len(known) > MOST_TASKS / 2:
            await self.until_acknowledged("DELETE", random.choice(known), ABSENT, None)  # noqa: S311

    async def post(self) -> None:
        if (
            len(self.book.possible) - len(self.book.certain()) > 10
            or len(self.book.certain()) > MOST_TASKS
        ):
            return
        title = self.title()
        self.book.loose.add(title)
        body = {"title": title} | ({"description": LONG} if self.slow else {})
        answer = await self.ask("POST", self.tasks, body)
        if answer is None or answer.status_code >= 500:
            return
        if answer.status_code != 201:
            self.ledger.failure(self.name, f"POST {answer.status_code}")
        else:
            self.book.loose.discard(title)
            task = answer.json()["id"]
            self.book.acknowledged(task, (title, False))
            self.ledger.success(self.name, "write")
            if self.slow:  # so that lists stay short
                await self.until_acknowledged("DELETE", task, ABSENT, None)

    async def until_acknowledged(
        self, method: str, task: str, state: State, body: Mapping[str, object] | None
    ) -> None:
        """Sends an idempotent write until it is answered; an expired pass is renewed in between."""
        before = set(self.book.possible.get(task, {ABSENT}))
        self.book.trying(task, state)
        for attempt in range(200):
            if time.monotonic() > self.expires - 1:
                await self.renew()
            else:
                answer = await self.ask(method, f"{self.tasks}/{task}", body)
                # A DELETE that the proxy sent a second time finds nothing: it is done all the same.
                gone = method == "DELETE" and answer and answer.status_code == 404
                if answer and (answer.status_code < 300 or gone):
                    self.book.acknowledged(task, state)
                    self.ledger.success(self.name, "write")
                    return
                if answer and answer.status_code == 404 and ABSENT not in before:
                    self.ledger.violation("lost", f"{self.name}: {method} {task} finds nothing")
                    self.book.acknowledged(task, ABSENT)
                    return
            await asyncio.sleep(min(0.2 * 1.3**attempt, 1))

    async def read(self) -> None:
        if (rows := await self.rows()) is not None:
            for kind, text in self.book.compare(rows):
                self.ledger.violation(kind, text)
            self.ledger.success(self.name, "read")

    async def rows(self) -> list[dict[str, Any]] | None:
        """Every task of this person, page by page; None when a page could not be had."""
        rows, cursor = [], ""
        while True:
            answer = await self.ask("GET", f"{self.tasks}?limit=100{cursor}")
            if answer is None or answer.status_code != 200:
                return None
            page = answer.json()
            rows += page["items"]
            if not page["next_cursor"]:
                return rows
            cursor = f"&cursor={page['next_cursor']}"

    async def trespass(self) -> None:
        """Asks for somebody else's tasks, which is a 403 whatever else is going on."""
        if not self.others:
            return
        other = random.choice(self.others)  # noqa: S311
        answer = await self.ask("GET", f"/api/users/{other.id}/tasks")
        if answer is not None and answer.status_code == 200:
            self.ledger.violation("foreign", f"{self.name} reads the tasks of {other.name}")

    async def renew(self) -> None:
        answer = await self.ask("GET", "/api/auth/gatepass/token", of="web")
        if answer is not None and answer.status_code == 200:
            self.take(answer.json()["token"])
            self.ledger.success(self.name, "renew")
        elif answer is not None and answer.status_code == 401:
            self.ledger.violation(
                "signed out", f"{self.name}: renewal got 401: {answer.text[:100]}"
            )

    async def sign_in(self) -> None:
        if time.monotonic() < self.signed_in + 5:  # three in ten seconds are allowed
            return
        self.signed_in = time.monotonic()
        credentials = {"email": self.email, "password": self.password}
        answer = await self.ask("POST", "/api/auth/sign-in/email", credentials, of="web")
        if answer is None or answer.status_code in (429, 500, 502, 503, 504):
            return
        if answer.status_code != 200:
            self.ledger.violation("refused", f"{self.name}: sign-in got {answer.status_code}")
            return
        self.take(answer.headers["set-auth-jwt"])
        self.ledger.success(self.name, "sign in")

    async def page(self) -> None:
        """Opens the page; being sent to the login page means signed out."""
        answer = await self.ask("GET", "/dashboard", of="page")
        if answer is None:
            return
        if (
            answer.status_code == 200
            and self.email not in answer.text
            and self.name not in answer.text
        ):
            self.ledger.violation("foreign", f"{self.name}: the page is not theirs")
        if answer.is_redirect:
            where = answer.headers["location"]
            self.ledger.violation("signed out", f"{self.name}: /dashboard leads to {where}")

    async def ask(
        self, method: str, path: str, body: object = None, of: str = "api"
    ) -> httpx.Response | None:
        """One request, None without an answer; whatever is wrong with it is noted."""
        base = self.site.api if of == "api" else self.site.web
        headers = {"Authorization": f"Bearer {self.token}"} if of == "api" else {}
        content: bytes | AsyncIterator[bytes] | None = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            whole = json.dumps(body, ensure_ascii=False).encode()
            content = in_two_pieces(whole) if self.slow and method == "POST" else whole
            if self.slow and method == "POST":
                headers["Content-Length"] = str(len(whole))
        what = f"{method} {path.partition('?')[0]}"
        valid_until = self.expires
        try:
            answer = await self.client.request(
                method, base + path, headers=headers, content=content, follow_redirects=False
            )
        except httpx.HTTPError as error:
            self.ledger.unanswered(self.name, f"{what} ({type(error).__name__})")
            return None
        status = answer.status_code
        if status >= 400 and of != "page":
            self.judge(what, answer, of)
        if of == "api" and status == 401 and time.monotonic() < valid_until:
            self.ledger.violation("refused", f"{self.name}: {what} got 401 for a good pass")
        elif status >= 500 or status == 429:
            self.ledger.failure(self.name, f"{what}: {status}")
        allowed = answer.headers.get("access-control-allow-origin")
        if of == "api" and self.site.cross_origin and allowed != self.site.web:
            self.ledger.violation("unshaped", f"{what}: {status} without CORS headers")
        return answer

    def judge(self, what: str, answer: httpx.Response, of: str) -> None:
        """Notes an error that lacks the shape of its half."""
        try:
            body = answer.json()
        except ValueError:
            body = None
        shape = SHAPE if of == "api" else {"message": str}  # Better Auth's own
        shaped = isinstance(body, dict) and all(
            isinstance(body.get(name), kind) for name, kind in shape.items()
        )
        if shaped and of == "api":
            shaped = body["status_code"] == answer.status_code and bool(body["request_id"])
        if answer.status_code == 503:
            shaped = shaped and "retry-after" in answer.headers
        if not shaped:
            self.ledger.violation(
                "unshaped", f"{self.name}: {what}: {answer.status_code} {answer.text[:160]!r}"
            )

    def take(self, token: str) -> None:
        """Keeps a pass; it must be this person's own."""
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        if claims["sub"] != self.id:
            self.ledger.violation("foreign", f"{self.name} got a pass of {claims['sub']}")
        self.token = token
        self.renewed = time.monotonic()
        self.expires = self.renewed + claims["exp"] - claims["iat"]

    def title(self) -> str:
        self.count += 1
        return f"{self.book.tag} task {self.count}"

    @property
    def tasks(self) -> str:
        return f"/api/users/{self.id}/tasks"


async def in_two_pieces(whole: bytes) -> AsyncIterator[bytes]:
    yield whole[:-100]
    await asyncio.sleep(0.7)
    yield whole[-100:]
