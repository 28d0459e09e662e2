"""So many requests of each owner at once: whoever sends more waits for themselves."""

import asyncio
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
