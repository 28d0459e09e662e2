"""Searches take turns, so that one user's never stand in another's way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from taskapi.database import limits

AHEAD_SECONDS = limits.SEARCHES_WITHOUT_REST * limits.SEARCH_REST_SECONDS


@dataclass
class Searcher:
    """An owner, while they search and until they have rested."""

    turn: asyncio.Semaphore
    interest: int = 0  # searches that wait, run or are being rested from
    rested: float = 0.0  # when; by the event loop's clock


class SearchBudget:
    """At most `total` searches at once, and `each` of one owner; first come, first served.

    Whoever waits, waits in the event loop and holds nothing: neither a thread nor a connection.
    Each search costs its owner a rest, of which a few may be owed: sent without end, quick ones
    would be most of what a small machine does.
    """

    def __init__(self, total: int, each: int) -> None:
        self.total = asyncio.Semaphore(total)
        self.turns = total
        self.each = each
        self.owners: dict[str, Searcher] = {}

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncIterator[None]:
        """Wait for a turn: for the owner's other searches and rest first, then for everybody's.

        Raises:
            TimeoutError: no turn in time; a search begun now might end too late.
        """
        loop = asyncio.get_running_loop()
        own = self.owners.setdefault(owner, Searcher(asyncio.Semaphore(self.each)))
        own.interest += 1
        rest = 0.0
        try:
            async with AsyncExitStack() as held:
                async with asyncio.timeout(limits.WAIT_SECONDS - limits.SEARCH_SECONDS):
                    await held.enter_async_context(own.turn)
                    await asyncio.sleep(own.rested - AHEAD_SECONDS - loop.time())
                    await held.enter_async_context(self.total)
                try:
                    yield
                finally:
                    own.rested = max(own.rested, loop.time()) + limits.SEARCH_REST_SECONDS
                    rest = own.rested - loop.time()
        finally:
            loop.call_later(rest, self.forget, owner)

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """Wait until no search runs, and let none begin."""
        async with AsyncExitStack() as held:
            for _ in range(self.turns):
                await held.enter_async_context(self.total)
            yield

    def forget(self, owner: str) -> None:
        """One search of theirs is over and rested from."""
        self.owners[owner].interest -= 1
        if not self.owners[owner].interest:
            del self.owners[owner]
