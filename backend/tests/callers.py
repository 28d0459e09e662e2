"""Callers of the API: tokens as the frontend issues them, and worse ones."""

import time
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import jwt
from httpx2 import Response
from starlette.testclient import TestClient

SECRET = "a-test-secret-Zq3vX8pLw5TnR2yKd7Gh"
ORIGIN = "http://localhost:3000"
_numbers = count(1)


def sign(claims: dict[str, Any], secret: str = SECRET) -> str:
    return jwt.encode(claims, secret, "HS256")


def token(user_id: str, *, secret: str = SECRET, age: int = 0) -> str:
    """A token of an hour's life that was issued `age` seconds ago."""
    now = int(time.time()) - age
    claims = {"sub": user_id, "email": f"{len(user_id)}@example.com", "iat": now, "exp": now + 3600}
    return sign(claims, secret)


@dataclass
class Caller:
    """Somebody who sends requests; every test has users of its own, so that none needs cleaning.

    `call` and `own` take what `TestClient.request` takes.
    """

    client: TestClient
    id: str
    authorization: str | None

    @property
    def home(self) -> str:
        return f"/api/users/{quote(self.id, safe='')}"

    @property
    def tasks(self) -> str:
        return f"{self.home}/tasks"

    def call(self, method: str, path: str, **options: Any) -> Response:
        """Send a request to any path."""
        headers: dict[str, str] = {"Origin": ORIGIN} | options.pop("headers", {})
        if self.authorization is not None:
            headers = {"Authorization": self.authorization} | headers
        return self.client.request(method, path, headers=headers, **options)

    def own(self, method: str, rest: str = "", **options: Any) -> Response:
        """Send a request to one's own tasks; `rest` is a query or `/` and an id."""
        return self.call(method, self.tasks + rest, **options)

    def add(self, title: str = "A task", **fields: Any) -> dict[str, Any]:
        """A new task of this caller's."""
        answer = self.own("POST", json={"title": title, **fields})
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added

    def titles(self, query: str = "") -> list[str]:
        """The titles on the first page of a list."""
        answer = self.own("GET", query)
        assert answer.status_code == 200, answer.text
        return [task["title"] for task in answer.json()["items"]]


def user(client: TestClient, user_id: str | None = None) -> Caller:
    """Somebody with a good token; by default somebody new."""
    user_id = user_id or f"user-{next(_numbers)}"
    return Caller(client, user_id, f"Bearer {token(user_id)}")


def anonymous(client: TestClient, user_id: str) -> Caller:
    """No token at all, on that user's path."""
    return Caller(client, user_id, None)


def forged(client: TestClient, user_id: str) -> Caller:
    """A token for that user, signed with another secret."""
    wrong = token(user_id, secret="another-secret-Jh4mQ9sVb2XcT6wPz8Lk")
    return Caller(client, user_id, f"Bearer {wrong}")


def expired(client: TestClient, user_id: str) -> Caller:
    """That user's own token of yesterday."""
    return Caller(client, user_id, f"Bearer {token(user_id, age=86_000)}")
