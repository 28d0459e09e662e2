"""What was acknowledged, and every way in which what is seen later may contradict it.

    lost          an acknowledged write is not there, or an acknowledged deletion is undone
    doubled       one POST, two rows
    foreign       a row, a token or a page of somebody else
    refused       a good token got a 401
    signed out    a living session was told that it is none
    unshaped      an error without the shape of docs/api-authentication.md, or no answer at all
                  (but for a POST that a killed copy was receiving)
    failed        an error while nothing was broken, or during a rolling restart
    stuck         not back by itself in time
    unseen        a metric that an alert watches is not there

The first six may never happen. An error that is shaped is allowed between the beginning of a
fault and the recovery from it, and nowhere else.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ABSENT = None
Content = tuple[str, bool]  # title, completed
State = Content | None


@dataclass(frozen=True)
class Failure:
    """One request that did not succeed, with a shaped error."""

    moment: float
    who: str
    what: str


@dataclass
class Ledger:
    """Shared by everybody; all times are of `time.monotonic`."""

    violations: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    last_success: dict[tuple[str, str], float] = field(default_factory=dict)
    _fault: str = ""
    _kills: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def violation(self, kind: str, text: str) -> None:
        """Notes what may never happen."""
        with self._lock:
            self.violations.append((kind, f"{text} [{self._fault or 'nothing broken'}]"))

    def failure(self, who: str, what: str) -> None:
        """Notes a shaped error: allowed while a fault lasts, a violation otherwise."""
        with self._lock:
            self.failures.append(Failure(time.monotonic(), who, what))
            tolerated = bool(self._fault)
        if not tolerated:
            self.violation("failed", f"{who}: {what}")

    def unanswered(self, who: str, what: str) -> None:
        """Notes a request without any answer: that of a POST which a killed copy was receiving.

        The proxy sends anything else to another copy, and may not send a POST twice.
        """
        self.failure(who, f"{what}: no answer")
        if not (self._kills and what.startswith("POST ")):
            self.violation("unshaped", f"{who}: {what}: no answer")

    def success(self, who: str, kind: str) -> None:
        """Notes an acknowledged request of a kind: "write", "read", "renew", "sign in"."""
        with self._lock:
            self.acknowledged[kind] += 1
            self.last_success[who, kind] = time.monotonic()

    def begin(self, fault: str, *, kills: bool = False) -> None:
        """From now on shaped errors are allowed; `kills`: a copy dies with requests under way."""
        self._fault, self._kills = fault, kills

    def end(self) -> None:
        self._fault, self._kills = "", False

    def since(self, moment: float) -> list[Failure]:
        with self._lock:
            return [failure for failure in self.failures if failure.moment >= moment]

    def all_succeeded_since(self, moment: float, people: Iterable[str]) -> bool:
        """Whether everybody has written, read and renewed after that moment."""
        with self._lock:
            return all(
                self.last_success.get((who, kind), 0) > moment
                for who in people
                for kind in ("write", "read", "renew")
            )


@dataclass
class Book:
    """One person's tasks: for each id the states that it may be in, one of them once answered."""

    tag: str
    possible: dict[str, set[State]] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)  # titles POSTed without an answer

    def trying(self, task: str, state: State) -> None:
        """A write is on its way; whether it arrives is open."""
        self.possible.setdefault(task, {ABSENT}).add(state)

    def acknowledged(self, task: str, state: State) -> None:
        self.possible[task] = {state}

    def refused(self, task: str, state: State, before: set[State]) -> None:
        """A 4xx: the write certainly has not happened."""
        self.possible[task] = before

    def certain(self) -> list[str]:
        """Ids of tasks that are there in a known state."""
        return [
            task
            for task, states in self.possible.items()
            if len(states) == 1 and None not in states
        ]

    def compare(self, seen: Iterable[Mapping[str, object]]) -> list[tuple[str, str]]:
        """Every contradiction between the book and a whole list of the person's tasks."""
        found: list[tuple[str, str]] = []
        rows: dict[str, Content] = {}
        for task in seen:
            key, title = str(task["id"]), str(task["title"])
            if not title.startswith(self.tag):
                found.append(("foreign", f"{self.tag} sees {title!r}"))
                continue
            if key in rows:
                found.append(("doubled", f"{self.tag}: {key} is listed twice"))
            rows[key] = (title, bool(task["completed"]))
            if key not in self.possible:
                if title in self.loose:  # the unanswered POST did arrive
                    self.loose.discard(title)
                    self.possible[key] = {rows[key]}
                else:
                    found.append(("doubled", f"{self.tag}: nobody wrote {title!r} ({key}) twice"))
        for key, states in self.possible.items():
            state = rows.get(key, ABSENT)
            if state not in states:
                expected = " or ".join(map(str, states))
                found.append(("lost", f"{self.tag}: {key} is {state}, acknowledged was {expected}"))
        return found
