"""Time without what this machine lets nobody work in, which is not the product's."""

import threading
import time
from typing import Self


class RunningTime:
    """`with RunningTime() as clock:` gives `clock.now()`, which stands still with the machine.

    A thread looks how late it wakes up. What the thread that asks has computed meanwhile, Python
    or C that lets no other thread run, counts as time all the same.
    """

    BEAT = 0.05

    def __enter__(self) -> Self:
        self.own = time.pthread_getcpuclockid(threading.get_ident())
        self.lost, self.due = 0.0, time.monotonic() + self.BEAT
        self.computed = time.clock_gettime(self.own)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    def watch(self) -> None:
        while not self.ended.wait(self.BEAT):
            self.lost += self.late()
            self.due = time.monotonic() + self.BEAT
            self.computed = time.clock_gettime(self.own)

    def late(self) -> float:
        computed = time.clock_gettime(self.own) - self.computed
        return max(0, time.monotonic() - self.due - computed)

    def now(self) -> float:
        """Seconds since some moment."""
        lost, late = self.lost, self.late()
        return time.monotonic() - lost - late
