"""One machine: the API on one database, SIGKILL in the middle of a write load, again and again.

On SQLite the API is the database and is killed itself. On PostgreSQL each of the two is killed in
turn. After every kill all rows are compared with what was acknowledged before it.
"""

import asyncio
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import jwt

from tools import processes
from tools.ports import free_port
from tools.postgres import Postgres
from tools.rehearse.copies import Copy
from tools.rehearse.ledger import ABSENT, Book, State

BACKEND = Path(__file__).resolve().parents[2] / "backend"
WRITERS = 6
SHORTEST, LONGEST = 0.2, 0.8  # seconds of load before a kill


class Interrupted(Exception):  # noqa: N818 - what ends a load
    """The API did not answer, or answered that its database is away."""


class Api:
    """A copy of the API on a database of its own, and passes for it."""

    def __init__(self, home: Path, database_url: str) -> None:
        port = free_port()
        self.secret = secrets.token_urlsafe(48)
        environment = {
            **os.environ,
            "BETTER_AUTH_SECRET": self.secret,
            "DATABASE_URL": database_url,
            "API_PORT": str(port),
        }
        command = [sys.executable, "-m", "taskapi", "serve"]
        migrate = [sys.executable, "-m", "taskapi", "migrate"]
        code, output = processes.finish(migrate, BACKEND, environment, quiet=True)
        if code:
            raise RuntimeError(output)
        self.url = f"http://127.0.0.1:{port}"
        self.copy = Copy(
            "api", f"127.0.0.1:{port}", command, BACKEND, environment, home / "api.log"
        )

    def start(self) -> None:
        self.copy.start()
        self.copy.wait_until_ready()

    def bearer(self, user: str) -> dict[str, str]:
        """The header of somebody who is signed in."""
        now = int(time.time())
        claims = {"sub": user, "email": f"{user}@example.com", "iat": now, "exp": now + 3600}
        return {"Authorization": f"Bearer {jwt.encode(claims, self.secret, 'HS256')}"}


class Writer:
    """Somebody who writes without a pause, until interrupted or told to stop."""

    def __init__(self, api: Api, number: int) -> None:
        self.book = Book(tag=f"writer-{number}:")
        self.count = 0
        self._api, self.user = api, f"writer-{number}"

    async def write(self, client: httpx.AsyncClient, stopping: asyncio.Event | None = None) -> None:
        headers, tasks = self._api.bearer(self.user), f"/api/users/{self.user}/tasks"
        with_known = ["PATCH", "DELETE"]
        while stopping is None or not stopping.is_set():
            known = self.book.certain()
            method = random.choice(["PUT", "POST", *(with_known if len(known) > 20 else [])])  # noqa: S311
            title = f"{self.book.tag} task {self.count}"
            task = str(uuid4()) if method in ("PUT", "POST") else random.choice(known)  # noqa: S311
            state: State = ABSENT if method == "DELETE" else (title, False)
            path = tasks if method == "POST" else f"{tasks}/{task}"
            body = None if method == "DELETE" else {"title": title}
            if method == "POST":
                self.book.loose.add(title)
            elif method == "PATCH":
                [before] = self.book.possible[task]
                state = (title, bool(before and before[1]))
            if method != "POST":
                self.book.trying(task, state)
            answer = await self._send(client, method, path, headers, body)
            if method == "POST":
                self.book.loose.discard(title)
                task = answer["id"]
            self.book.acknowledged(task, state)
            self.count += 1

    async def compare(self, client: httpx.AsyncClient) -> list[tuple[str, str]]:
        """All contradictions; from here on each task is in the state in which it was found."""
        headers, rows = self._api.bearer(self.user), []
        cursor: str | None = ""
        while cursor is not None:
            page = await client.get(
                f"/api/users/{self.user}/tasks?limit=100{cursor}", headers=headers
            )
            page.raise_for_status()
            rows += page.json()["items"]
            following = page.json()["next_cursor"]
            cursor = f"&cursor={following}" if following else None
        found = self.book.compare(rows)
        self.book.possible = {task["id"]: {(task["title"], task["completed"])} for task in rows}
        self.book.loose.clear()
        return found

    async def _send(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: object,
    ) -> dict[str, str]:
        try:
            answer = await client.request(method, path, headers=headers, json=body)
        except httpx.TransportError as error:
            raise Interrupted from error
        if answer.status_code == 503 and answer.json()["error_type"] == "service_unavailable_error":
            raise Interrupted
        if answer.status_code >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return dict(answer.json()) if answer.content else {}


def crash(kind: str, times: int) -> list[tuple[str, str]]:
    """Kills `times` times on "sqlite" or "postgresql"; returns every contradiction found."""
    with tempfile.TemporaryDirectory(prefix="gatepass-crashes-") as name:
        home = Path(name)
        if kind == "sqlite":
            return _crash(Api(home, str(home / "tasks.sqlite")), None, times)
        with Postgres() as server:
            return _crash(Api(home, server.create("tasks")), server, times)


def _crash(api: Api, server: Postgres | None, times: int) -> list[tuple[str, str]]:
    writers = [Writer(api, number) for number in range(WRITERS)]
    found: list[tuple[str, str]] = []
    written = 0
    try:
        api.start()
        for number in range(times):
            kill_server = server is not None and number % 2 == 0
            asyncio.run(_round(api, server if kill_server else None, writers))
            if kill_server and server:
                server.start()
            else:
                api.start()
            api.copy.wait_until_ready()
            contradictions = asyncio.run(_compare(api, writers))
            found += [(what, f"kill {number + 1}: {text}") for what, text in contradictions]
            total = sum(writer.count for writer in writers)
            if total - written < times / 10:
                raise RuntimeError(f"kill {number + 1} hit no load: {total - written} writes")
            written = total
    finally:
        api.copy.graceful = False
        api.copy.stop()
    print(
        f"  {times} kills, {written} acknowledged writes, {len(found)} contradictions", flush=True
    )
    return found


async def _round(api: Api, server: Postgres | None, writers: list[Writer]) -> None:
    """Lets everybody write, kills, and returns when the last one has noticed."""
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        writing = [asyncio.create_task(writer.write(client)) for writer in writers]
        await asyncio.sleep(random.uniform(SHORTEST, LONGEST))  # noqa: S311
        if server:
            server.kill()
        else:
            api.copy.kill()
        for outcome in await asyncio.gather(*writing, return_exceptions=True):
            if not isinstance(outcome, Interrupted):
                raise RuntimeError("a writer ended before the kill") from outcome
    if not server and api.copy.process:
        code = api.copy.process.wait()
        if code != -signal.SIGKILL:
            raise RuntimeError(f"the API ended with {code} before the kill")


async def _compare(api: Api, writers: list[Writer]) -> list[tuple[str, str]]:
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        found = await asyncio.gather(*(writer.compare(client) for writer in writers))
    return [contradiction for each in found for contradiction in each]
