"""Searches take turns, so that one user's never stand in another's way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from taskapi.database import limits


class SearchBudget:
    """At most `total` searches at once, and `each` of one owner; first come, first served.

    Whoever waits, waits in the event loop and holds nothing: neither a thread nor a connection.
    Who waited for a search of their own rests before the next: sent without end, quick ones
    would be most of what a small machine does.
    """

    def __init__(self, total: int, each: int) -> None:
        self.total = asyncio.Semaphore(total)
        self.each = each
        self.owners: dict[str, asyncio.Semaphore] = {}
        self.interest: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """Wait for a turn: for the owner's other searches first, then for everybody's.

        Raises:
            TimeoutError: no turn in time; a search begun now might end too late.
        """
        own = self.owners.setdefault(owner, asyncio.Semaphore(self.each))
        self.interest[owner] = self.interest.get(owner, 0) + 1
        try:
            async with AsyncExitStack() as held:
                async with asyncio.timeout(limits.WAIT_SECONDS - limits.SEARCH_SECONDS):
                    busy = own.locked()
                    await held.enter_async_context(own)
                    if busy:
                        await asyncio.sleep(limits.SEARCH_REST_SECONDS)
                    await held.enter_async_context(self.total)
                yield
        finally:
            self.interest[owner] -= 1
            if not self.interest[owner]:
                del self.owners[owner], self.interest[owner]
