"""The load: everybody in one event loop, in a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from tools.rehearse.ledger import Ledger
from tools.rehearse.people import Person
from tools.rehearse.site import Site

T = TypeVar("T")


class Load:
    """`start`, break things, `finish`: the last one compares every row with the ledger."""

    def __init__(self, site: Site, ledger: Ledger, people: int) -> None:
        self.ledger = ledger
        self._site, self._count = site, people
        self.people: list[Person] = []
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="load", daemon=True)
        self._living: list[Any] = []

    def start(self) -> None:
        """Returns when everybody has an account and has written, read and renewed once."""
        self._thread.start()
        self._run(self._enter())
        self._living = [
            asyncio.run_coroutine_threadsafe(person.live(self._stopping), self._loop)
            for person in self.people
        ]
        begun = time.monotonic()
        while not self.ledger.all_succeeded_since(begun, self.names):
            self.raise_if_ended()
            if time.monotonic() > begun + 60:
                raise RuntimeError(f"not everybody works within a minute: {self.ledger.violations}")
            time.sleep(0.1)

    def raise_if_ended(self) -> None:
        """A fault of the rehearsal itself must not pass for a quiet load."""
        for future in self._living:
            if future.done():
                future.result()

    @property
    def names(self) -> list[str]:
        return [person.name for person in self.people]

    def finish(self) -> int:
        """Lets everybody end what they are at, compares all rows, returns how many there are."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        for future in self._living:
            future.result(120)
        rows: int = self._run(self._audit())
        return rows

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread.is_alive():
            self._thread.join(5)
            self._loop.close()

    async def _enter(self) -> None:
        self.people = [Person(n, self._site, self.ledger) for n in range(self._count)]
        for person in self.people:
            await person.enter()
            person.others = [other for other in self.people if other is not person]

    async def _audit(self) -> int:
        rows = 0
        for person in self.people:
            await person.renew()
            found = await person.rows()
            if found is None:
                self.ledger.violation("lost", f"{person.name}: the tasks cannot be read at the end")
                continue
            rows += len(found)
            for kind, text in person.book.compare(found):
                self.ledger.violation(kind, text)
            stranger = await person.client.get(f"{self._site.api}/api/me")  # without a pass
            if stranger.status_code != 401:
                self.ledger.violation("foreign", f"/api/me told a stranger {stranger.text!r}")
            await person.client.aclose()
        return rows

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(300)
