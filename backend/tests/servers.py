"""The API as a process of its own, and a client that sends bytes as they are."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Self

from taskapi.settings import Settings
from tests.callers import SECRET
from tools.ports import free_port

PATIENCE = 60  # seconds, on a busy machine


def blank_environment() -> dict[str, str]:
    """For a process of its own: every setting says nothing, also where backend/.env speaks."""
    blank = dict.fromkeys((name.upper() for name in Settings.model_fields), "")
    return {**blank, "CORS_ORIGINS": "http://localhost:3000", "PATH": os.environ["PATH"]}


class Server:
    """`with Server(DATABASE_URL=...) as server:` serves on `server.url` until the end.

    `log()` is what it has written so far, `stop()` ends it and returns its exit code.
    """

    def __init__(self, **variables: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **blank_environment(),
            "API_PORT": str(self.port),
            "BETTER_AUTH_SECRET": SECRET,
            **variables,
        }

    def start(self) -> None:
        """Start the process, once more too; in a group of its own, as at a terminal."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "taskapi", "serve"],
            env=self.environment,
            stdout=self.output,
            stderr=self.output,
            process_group=0,
        )

    def __enter__(self) -> Self:
        self.output: IO[bytes] = tempfile.TemporaryFile()
        self.start()
        give_up = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the server did not start: {self.log()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.output.close()

    def answers(self) -> bool:
        """Whether the process is up."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5):  # noqa: S310 - our own
                return True
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> int:
        """Ask it to end, as an operator's Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def log(self) -> str:
        """Its lines, without the one that is being written."""
        whole, end, _ = os.pread(self.output.fileno(), 10_000_000, 0).rpartition(b"\n")
        return (whole + end).decode()

    def send(self, *parts: bytes, pause: float = 0) -> tuple[int, dict[str, str], bytes]:
        """Send bytes on a connection of their own; status, headers and body of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            answer = b""
            while piece := receive(connection):
                answer += piece
                head, end, body = answer.partition(b"\r\n\r\n")
                bodiless = parts[0].startswith(b"HEAD ")
                if end and (bodiless or len(body) >= content_length(head)):
                    break
        status_line, *lines = head.decode().split("\r\n")
        pairs = (line.partition(": ")[::2] for line in lines)
        return int(status_line.split()[1]), dict(pairs), body


def receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def children(pid: int) -> list[int]:
    """The workers of a process; Python's resource tracker is not one."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if b"spawn_main" in cmdline(int(child))]


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""
