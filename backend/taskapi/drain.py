"""Stopping so that nobody notices: not ready for a while, and only then gone."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Drain:
    """Whether this process is about to stop; `/ready` and the protocol ask."""

    active = False


@contextmanager
def drain_on_sigterm(drain: Drain, seconds: int) -> Iterator[None]:
    """From SIGTERM on, `drain` is active for `seconds`; then whoever handled it before does.

    That is uvicorn, which takes no new connection, finishes requests and ends. Workers get the
    signal from their manager, and from a terminal or a process group once more: it counts once.
    A worker whose manager is gone without a word ends as well.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # an application inside a test: there is no process of its own to stop
        return
    loop = asyncio.get_running_loop()
    stop = signal.getsignal(signal.SIGTERM)

    def begin(number: int, frame: FrameType | None) -> None:
        if not drain.active:
            drain.active = True
            loop.call_soon_threadsafe(loop.call_later, seconds, end, number, frame)

    def end(number: int, frame: FrameType | None) -> None:
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, begin)
    manager = multiprocessing.parent_process()
    if manager is not None:
        loop.add_reader(manager.sentinel, orphaned, loop, manager.sentinel)
    yield
    signal.signal(signal.SIGTERM, stop)


def orphaned(loop: asyncio.AbstractEventLoop, sentinel: int) -> None:
    loop.remove_reader(sentinel)
    os.kill(os.getpid(), signal.SIGTERM)
