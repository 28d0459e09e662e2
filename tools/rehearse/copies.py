"""Copies of a half, kept alive as a service manager keeps them: one that dies is started anew."""

import contextlib
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools import processes

RESTART_AFTER = 1  # seconds, RestartSec of deploy/systemd
LONGEST_STOP = 30  # seconds, TimeoutStopSec there


@dataclass
class Copy:
    """One process of one half; `extra` changes its environment from the next start on."""

    name: str
    address: str
    command: Sequence[str]
    cwd: Path
    environment: dict[str, str]
    log: Path
    graceful: bool = True  # whether `stop` waits for the requests under way
    process: subprocess.Popen[str] | None = None
    wanted: bool = False
    died: float = field(default=0, repr=False)

    def start(self) -> None:
        self.wanted = True
        with self.log.open("ab") as log:
            self.process = processes.start(self.command, self.cwd, self.environment, log.fileno())

    def kill(self) -> None:
        """SIGKILL: what the kernel does when memory runs out. It is started again."""
        if self.process:
            processes.signal_group(self.process, signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and its exit code; a copy that is not gone in time is killed (-9)."""
        self.wanted = False
        process, self.process = self.process, None
        if process is None:
            return 0
        processes.signal_group(process, signal.SIGTERM)
        if self.graceful:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LONGEST_STOP)
        processes.signal_group(process, signal.SIGKILL)
        return process.wait()

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_until_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} is not ready after {seconds:.0f} s: {self.log}")
            time.sleep(0.1)


class ServiceManager:
    """Starts again what died by itself (Restart=always)."""

    def __init__(self, copies: Sequence[Copy]) -> None:
        self.copies = copies
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="service manager", daemon=True)

    def start(self) -> None:
        for copy in self.copies:
            copy.start()
        for copy in self.copies:
            copy.wait_until_ready()
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        for copy in self.copies:
            copy.graceful = False
            copy.stop()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            for copy in self.copies:
                process = copy.process
                if not copy.wanted or process is None or process.poll() is None:
                    copy.died = 0
                elif not copy.died:
                    copy.died = time.monotonic()
                elif time.monotonic() > copy.died + RESTART_AFTER and copy.wanted:
                    copy.start()
