"""What one page of 20 tasks out of a million costs, as a ratio to a floor in the same run.

    .venv/bin/python -m bench.api [--rounds N] [--rows N]      (Linux only: reads /proc)

The floor is a bare ASGI function around the driver's own cursor: no framework, no router, no
SQLAlchemy, one fixed statement, no log. Both are real uvicorn processes that are asked over one
kept connection; they take turns, and what counts is the CPU time that the server process spends
on a request, so that a busy machine and the client hardly matter. PostgreSQL's own time does not
count.
"""

import argparse
import json
import os
import platform
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import jwt
import psycopg
from pydantic import SecretStr

from gatepass import KeyRing, TokenVerifier
from gatepass.middleware import Receive, Scope, Send
from taskapi.migrate import migrate
from taskapi.owned.rows import whole_row
from taskapi.settings import Settings
from taskapi.tasks.table import rows as task_rows
from tools.postgres import Postgres

SECRET = "bench-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs"
OWNERS = 1000  # the first of them has a tenth of all rows
REQUESTS = 1500  # per contestant and round
COLUMNS = "id, title, description, completed, due_date, created_at, updated_at"
PAGE = f"SELECT {COLUMNS} FROM tasks WHERE owner_id = ? ORDER BY created_at DESC, id DESC LIMIT 21"  # noqa: S608
TARGET = 0.25  # of the floor's requests per second; without a framework there is no more than 1


class Floor:
    """The least that answers: verifies the token, compares the path, reads, writes JSON."""

    def __init__(self, url: str) -> None:
        self.verifier = TokenVerifier(KeyRing.single(SECRET))
        self.url = url
        self.sqlite = None if "://" in url else sqlite3.connect(url, isolation_level=None)
        self.postgres: psycopg.AsyncConnection | None = None

    async def rows(self, owner: str) -> list[tuple[object, ...]]:
        if self.sqlite:
            return self.sqlite.execute(PAGE, (owner,)).fetchall()
        if not self.postgres:
            self.postgres = await psycopg.AsyncConnection.connect(self.url, autocommit=True)
        cursor = await self.postgres.execute(PAGE.replace("?", "%s").encode(), (owner,))
        return await cursor.fetchall()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
        if scope["path"] == "/health":
            content: object = None
        else:
            owner = self.verifier.verify(token).id
            if scope["path"] != f"/api/users/{owner}/tasks":
                raise PermissionError
            names = COLUMNS.split(", ")
            found = await self.rows(owner)
            items = [dict(zip(names, row, strict=True)) for row in found[:20]]
            content = {"items": items, "next_cursor": None}
        body = json.dumps(content, default=str).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def floor() -> Floor:
    """What the floor's uvicorn runs."""
    return Floor(os.environ["DATABASE_URL"])


class Contestant:
    """A server process and one kept connection to it."""

    def __init__(self, command: list[str], url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
            "API_PORT": str(port),
            "BETTER_AUTH_SECRET": SECRET,
            "DATABASE_URL": url,
        }
        command = [sys.executable, "-m", *(part.format(port=port) for part in command)]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        self.port = port
        self.connect()

    def connect(self) -> None:
        """A fresh connection: the server closes one that was idle during the other's turn."""
        for _ in range(600):
            try:
                self.connection = socket.create_connection(("127.0.0.1", self.port))
                return
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def get(self, target: str, user: str) -> bytes:
        """The body of a 200 answer."""
        head = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(user)}\r\n\r\n"
        self.connection.sendall(head.encode())
        answer = self.connection.recv(1 << 20)
        head_bytes, _, body = answer.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head_bytes.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        while len(body) < length:
            body += self.connection.recv(1 << 20)
        if b" 200 " not in head_bytes[:20]:
            raise RuntimeError(answer.decode())
        return body

    def cost(self, requests: int) -> float:
        """CPU microseconds of the server for one page of somebody's tasks."""
        self.connect()
        before = self.spent()
        for number in range(requests):
            user = f"user-{1 + number % 50}"
            self.get(f"/api/users/{user}/tasks", user)
        return (self.spent() - before) / requests * 1e6

    def spent(self) -> float:
        """CPU seconds of the server so far, user and system (proc(5))."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait(self, target: str, user: str) -> float:
        """Milliseconds that a caller waits, the median of 21."""
        times = []
        self.connect()
        for _ in range(21):
            began = time.perf_counter()
            self.get(target, user)
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times)

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait()


_tokens: dict[str, str] = {}


def token(user: str) -> str:
    now = int(time.time())
    claims = {"sub": user, "email": "a@example.com", "iat": now, "exp": now + 3600}
    return _tokens.setdefault(user, jwt.encode(claims, SECRET, "HS256"))


def rows(count: int) -> Iterator[dict[str, object]]:
    """Tasks of many owners; the first owner has a tenth of them."""
    for number in range(count):
        owner = "user-0" if number % 10 == 0 else f"user-{number % OWNERS}"
        values = {
            "title": f"Task number {number}",
            "description": "Something to be done before long." if number % 3 else None,
            "completed": number % 4 != 0,
            "due_date": f"20{number % 60 + 20}-01-15" if number % 2 else None,
        }
        yield whole_row(owner, str(uuid4()), values | task_rows.follow(values))


def fill(url: str, count: int) -> None:
    """Migrate a database and put that many rows into it."""
    migrate(Settings(better_auth_secret=SecretStr(SECRET), database_url=SecretStr(url)))
    names = list(next(rows(1)))
    columns = ", ".join(names)
    if "://" not in url:
        marks = ", ".join("?" * len(names))
        connection = sqlite3.connect(url)
        with connection:
            insert = f"INSERT INTO tasks ({columns}) VALUES ({marks})"  # noqa: S608
            connection.executemany(insert, (tuple(row.values()) for row in rows(count)))
            connection.execute("ANALYZE")
        connection.close()
        return
    with psycopg.connect(url, autocommit=True) as postgres:
        with postgres.cursor().copy(f"COPY tasks ({columns}) FROM STDIN".encode()) as copy:
            for row in rows(count):
                copy.write_row(tuple(row.values()))
        postgres.execute("VACUUM ANALYZE tasks")


def measure(database: str, url: str, arguments: argparse.Namespace) -> bool:
    """Print the figures of one database; whether the target is kept."""
    fill(url, arguments.rows)
    with ExitStack() as stack:
        bare = Contestant(
            ["uvicorn", "--factory", "bench.api:floor", "--port={port}", "--no-access-log"], url
        )
        stack.callback(bare.stop)
        ours = Contestant(["taskapi", "serve"], url)
        stack.callback(ours.stop)
        for contestant in (bare, ours):
            contestant.cost(200)
        rounds = [(bare.cost(REQUESTS), ours.cost(REQUESTS)) for _ in range(arguments.rounds)]
        floor_cost, cost = (statistics.median(costs) for costs in zip(*rounds, strict=True))
        ratio = floor_cost / cost
        print(f"{database}: floor {floor_cost:.0f} us, task API {cost:.0f} us of CPU a request")
        print(f"{database}: requests per second, floor = 1: {ratio:.2f}")
        lists = {
            "newest": "",
            "open, oldest": "?status=open&sort=created_at",
            "by due date": "?sort=due_date",
            "open, by due date": "?status=open&sort=due_date",
            "search, hit": "?q=NUMBER",
            "search, no hit": "?q=nowhere",
        }
        small = ours.wait("/api/users/user-1/tasks", "user-1")
        print(f"{database}: wait for a page of {arguments.rows // OWNERS} tasks: {small:.1f} ms")
        for name, query in lists.items():
            wait = ours.wait(f"/api/users/user-0/tasks{query}", "user-0")
            print(f"{database}: of {arguments.rows // 10}, {name}: {wait:.1f} ms")
    return bool(ratio >= TARGET)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, CPython {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder, Postgres() as server:
        kept = [
            measure("SQLite", f"{folder}/tasks.sqlite", arguments),
            measure("PostgreSQL", server.create("tasks"), arguments),
        ]
    print("target kept" if all(kept) else f"target of {TARGET} missed")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
