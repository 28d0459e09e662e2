"""So many requests of each owner at once: whoever sends more waits for themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Shares:
    """What the requests of each owner take turns at.

    Args:
        most: of one owner at once.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken: WeakValueDictionary[object, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, args: tuple[object, ...]) -> asyncio.Semaphore:
        """By the owner, who is the first argument of the work; it lives as long as a request."""
        owner = getattr(args[0], "id", args[0]) if args else None
        share = self.taken.get(owner)
        if share is None:
            share = self.taken[owner] = asyncio.Semaphore(self.most)
        return share


@asynccontextmanager
async def turn(share: asyncio.Semaphore, seconds: float) -> AsyncIterator[None]:
    """Hold the share. Whoever would come to it later is refused: too little would be left of their
    patience for the work, which would be cut at the expense of others.

    Raises:
        TimeoutError: no turn in time.
    """
    async with asyncio.timeout(seconds):
        await share.acquire()
    try:
        yield
    finally:
        share.release()
