"""The least that answers: an ASGI function around the driver. No framework, no router, no log.

It verifies the pass, compares the path, runs one fixed statement and writes JSON. Writes are
committed one by one in the event loop, which holds everybody else up: a bound, not an example.
"""

import json
import os
import sqlite3
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg

from gatepass import KeyRing, TokenError, TokenVerifier
from gatepass.middleware import Receive, Scope, Send

NAMES = ["id", "title", "description", "completed", "due_date", "created_at", "updated_at"]
POSTGRES = "://" in os.environ.get("DATABASE_URL", "")
TEXT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
COLUMNS = (  # as the API shows them, so that no row is converted here
    "id::text, title, description, completed, due_date::text, "
    + ", ".join(TEXT.format(name) for name in NAMES[-2:])
    if POSTGRES
    else ", ".join(NAMES)
)
TASK = "owner_id = $1 AND id = $2"
PAGE = f"""
SELECT {COLUMNS} FROM tasks WHERE owner_id = $1
ORDER BY created_at DESC, id DESC LIMIT 21"""  # noqa: S608
FIND = f"SELECT {COLUMNS} FROM tasks WHERE {TASK}"  # noqa: S608
PUT = f"""
INSERT INTO tasks (owner_id, id, title, completed, created_at, updated_at,
                   title_folded, description_folded, due_order)
VALUES ($1, $2, $3, false, $4, $4, $3, '', 2147483647)
ON CONFLICT (owner_id, id) DO UPDATE SET title = $3, title_folded = $3, updated_at = $4
RETURNING {COLUMNS}"""  # noqa: S608
PATCH = f"""
UPDATE tasks SET title = $3, title_folded = $3, updated_at = $4 WHERE {TASK}
RETURNING {COLUMNS}"""  # noqa: S608
DELETE = f"DELETE FROM tasks WHERE {TASK} RETURNING id"  # noqa: S608
STATEMENTS = {"GET": FIND, "PUT": PUT, "POST": PUT, "PATCH": PATCH, "DELETE": DELETE}


class Bare:
    """An ASGI application on one connection."""

    def __init__(self, url: str) -> None:
        self.verifier = TokenVerifier(KeyRing.single(os.environ["BETTER_AUTH_SECRET"]))
        self.url = url
        self.sqlite = None if "://" in url else sqlite3.connect(url, isolation_level=None)
        self.postgres: asyncpg.Connection | None = None

    async def rows(self, statement: str, *arguments: object) -> list[tuple[object, ...]]:
        if self.sqlite:
            return self.sqlite.execute(statement.replace("$", "?"), arguments).fetchall()
        if self.postgres is None:
            self.postgres = await asyncpg.connect(self.url)
        return [tuple(row) for row in await self.postgres.fetch(statement, *arguments)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, content = 200, b""
        if scope["path"] != "/health":
            token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
            try:
                owner = self.verifier.verify(token).id
            except TokenError:
                status = 401
            else:
                status, content = await self.answer(scope, receive, owner)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def answer(self, scope: Scope, receive: Receive, owner: str) -> tuple[int, bytes]:
        method, [_, _, _, user, _, *rest] = scope["method"], scope["path"].split("/")
        if user != owner:
            return 403, b""
        if method == "GET" and not rest:
            items = [named(row) for row in (await self.rows(PAGE, owner))[:20]]
            return 200, to_json({"items": items, "next_cursor": None})
        task_id = rest[0] if rest else str(uuid4())
        arguments: list[object] = [owner, task_id]
        if method in ("PUT", "POST", "PATCH"):
            now = datetime.now(UTC)
            title = json.loads((await receive())["body"])["title"]
            arguments += [title, now.isoformat("T", "microseconds") if self.sqlite else now]
        found = await self.rows(STATEMENTS[method], *arguments)
        if not found:
            return 404, b""
        if method == "DELETE":
            return 204, b""
        return 201 if method == "POST" else 200, to_json(named(found[0]))


def named(row: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(NAMES, row, strict=True))


def to_json(content: object) -> bytes:
    return json.dumps(content, default=str).encode()


def app() -> Bare:
    """What uvicorn runs."""
    return Bare(os.environ["DATABASE_URL"])
