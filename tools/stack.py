"""Both halves as processes: the exact commands, their addresses, start, wait, stop.

`make run`, `make dev` and the end-to-end tests start the product through this one piece.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tools import node, processes
from tools.envfiles import settings

ROOT = Path(__file__).resolve().parent.parent


class StackError(Exception):
    """A half that cannot start or ended by itself; the text is for a person."""


@dataclass
class Stack:
    """The running product; `extra` overrides both environments, `log` takes the output."""

    dev: bool = False
    extra: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def web_url(self) -> str:
        default = f"http://localhost:{self._setting('frontend', 'WEB_PORT', '3000')}"
        return self._setting("frontend", "BETTER_AUTH_URL", default)

    @property
    def api_url(self) -> str:
        default = f"http://localhost:{self._setting('backend', 'API_PORT', '8000')}"
        return self._setting("frontend", "NEXT_PUBLIC_API_BASE_URL", default)

    def environment(self) -> dict[str, str]:
        """The environment of both halves: addresses that nobody set follow the ports."""
        follow = {
            "WEB_PORT": self._setting("frontend", "WEB_PORT", "3000"),
            "API_PORT": self._setting("backend", "API_PORT", "8000"),
            "BETTER_AUTH_URL": self.web_url,
            "NEXT_PUBLIC_API_BASE_URL": self.api_url,
            "CORS_ORIGINS": self._setting("backend", "CORS_ORIGINS", self.web_url),
        }
        return {**node.environment(), **follow, **self.extra, "PYTHONUNBUFFERED": "1"}

    def check_ports(self) -> None:
        """Raises StackError when a port is taken, naming the variable that moves it."""
        for half, variable in (("frontend", "WEB_PORT"), ("backend", "API_PORT")):
            port = self.environment()[variable]
            if not port.isdigit() or not 0 < int(port) < 65536:
                raise StackError(
                    f"{variable}={port} is not a port; set it to a number from 1 to 65535"
                )
            host = self._setting(half, variable.replace("PORT", "HOST"), "127.0.0.1")
            if taken(host, int(port)):
                raise StackError(f"port {port} is taken; choose another with {variable}=…")

    def migrate(self) -> None:
        """Brings both databases to the current schema."""
        migrate_tasks = [sys.executable, "-m", "taskapi", "migrate"]
        migrate_accounts = [str(node.NODE), "scripts/migrate.ts"]
        for command in (migrate_tasks, migrate_accounts):
            code, output = processes.finish(
                command, ROOT / "frontend", self.environment(), quiet=True
            )
            if code:
                said = output.strip() or "the migration failed"
                raise StackError(said.splitlines()[-1] if code == 2 else said)  # 2: it is explained

    def start(self) -> None:
        """Starts both halves, each in a session of its own, so that Ctrl-C reaches only us."""
        reload, dev = (["--reload"], ["--dev"]) if self.dev else ([], [])
        self.spawn("backend", [sys.executable, "-m", "taskapi", "serve", *reload])
        self.spawn("frontend", [str(node.NODE), "server.ts", *dev])

    def spawn(self, half: str, command: list[str], extra: dict[str, str] | None = None) -> None:
        """Starts one half, with further variables if a test changes some in between."""
        environment = self.environment() | (extra or {})
        with self.log.open("ab") if self.log else contextlib.nullcontext() as file:
            output = file.fileno() if file else None
            self.running[half] = processes.start(command, ROOT / half, environment, output)

    def wait(self, seconds: float = 60) -> None:
        """Returns when both halves answer; raises StackError if one ends or the time is over."""
        deadline = time.monotonic() + seconds
        answered_at = {
            "backend": f"{self._local('API')}/ready",
            "frontend": f"{self._local('WEB')}/ready",
        }
        for half, url in answered_at.items():
            while not answers(url):
                self.raise_if_ended()
                if time.monotonic() > deadline:
                    raise StackError(
                        f"the {half} did not answer at {url} within {seconds:.0f} seconds"
                    )
                time.sleep(0.1)

    def raise_if_ended(self) -> None:
        for half, process in self.running.items():
            if process.poll() is not None:
                raise StackError(
                    f"the {half} ended with code {process.returncode}; its message is above"
                )

    def stop(self, half: str | None = None) -> None:
        """Ends one half or all, with everything they started; returns when they are gone."""
        names = [half] if half else list(self.running)
        ending = [self.running.pop(name) for name in names if name in self.running]
        for process in ending:
            processes.signal_group(process, signal.SIGTERM)
        for process in ending:
            processes.end(process)

    def _setting(self, half: str, name: str, default: str) -> str:
        return self.extra.get(name) or settings(half).get(name) or default

    def _local(self, half: str) -> str:
        name = {"API": "backend", "WEB": "frontend"}[half]
        host = self._setting(name, f"{half}_HOST", "127.0.0.1")
        reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 (compared, not bound)
        return f"http://{reachable}:{self.environment()[f'{half}_PORT']}"


def taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own http address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
