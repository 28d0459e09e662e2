"""Time without what this machine lets nobody work in, which is not the product's."""

import threading
import time
from typing import Self


class RunningTime:
    """`with RunningTime() as clock:` gives `clock.now()`, which stands still with the machine.

    A thread looks how late it wakes up. A blocked event loop does not make it late, nor does
    whatever else waits or computes in this process: Python lets each thread run every 5 ms.
    """

    BEAT = 0.05

    def __enter__(self) -> Self:
        self.lost, self.due = 0.0, time.monotonic() + self.BEAT
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def watch(self) -> None:
        while not self.ended.wait(self.BEAT):
            now = time.monotonic()
            late, self.due = max(0, now - self.due), now + self.BEAT
            self.lost += late

    def now(self) -> float:
        """Seconds since some moment."""
        lost, due = self.lost, self.due
        now = time.monotonic()
        return now - lost - max(0, now - due)
