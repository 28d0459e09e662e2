"""Servers that are asked in turns, and what a request costs them (Linux only: reads /proc)."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import jwt

from tools.ports import free_port

SECRET = "bench-7q2Xv9mB4tKc1RzYw8Lh5NdJf3GpQs"
COMMANDS = {
    "bare": ["uvicorn", "--factory", "bench.bare:app", "--port={port}", "--no-access-log"],
    "usual": ["uvicorn", "bench.usual:app", "--port={port}", "--no-access-log"],
    "ours": ["taskapi", "serve"],
}
_tokens: dict[str, str] = {}


def token(user: str) -> str:
    """A pass of an hour's life, the same for the same user."""
    now = int(time.time())
    claims = {"sub": user, "email": "a@example.com", "iat": now, "exp": now + 3600}
    return _tokens.setdefault(user, jwt.encode(claims, SECRET, "HS256"))


class Connection:
    """One kept connection that sends a request and reads its answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(
        self, method: str, target: str, user: str | None, body: bytes = b""
    ) -> tuple[int, bytes]:
        """Status and body of the answer."""
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\n"
        if user is not None:
            head += f"Authorization: Bearer {token(user)}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(f"{head}\r\n".encode() + body)
        answer = self.socket.recv(1 << 20)
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1 << 20)
        top, _, content = answer.partition(b"\r\n\r\n")
        status = int(top[9:12])
        if status != 204:
            at = top.lower().index(b"content-length:")
            length = int(top[at + 15 :].split(b"\r\n", 1)[0])
            while len(content) < length:
                content += self.socket.recv(1 << 20)
        return status, content


class Contestant:
    """A server process; `connection` is open when it answers.

    `started` is the seconds that it took to its first answer.
    """

    def __init__(self, name: str, url: str) -> None:
        began = time.monotonic()
        self.port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
            "API_PORT": str(self.port),
            "BETTER_AUTH_SECRET": SECRET,
            "DATABASE_URL": url,
        }
        command = [part.format(port=self.port) for part in COMMANDS[name]]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.reconnect()
        self.connection.ask("GET", "/health", None)
        self.started = time.monotonic() - began

    def reconnect(self) -> None:
        """A fresh connection: a server closes one that was idle during the others' turns."""
        give_up = time.monotonic() + 60
        while True:
            try:
                self.connection = Connection(self.port)
            except ConnectionRefusedError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.005)
            else:
                return

    def spent(self) -> float:
        """CPU seconds of all threads of the process so far (proc(5), schedstat)."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def resident(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        self.connection.socket.close()
        self.process.terminate()
        self.process.wait()
