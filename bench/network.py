"""The requests of a page as the DevTools protocol reports them, and how they wait for each other.

https://chromedevtools.github.io/devtools-protocol/tot/Network/
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession

SLOW_3G = {"latency": 400, "downloadThroughput": 500_000 / 8, "uploadThroughput": 500_000 / 8}
CPU_SLOWDOWN = 4


@dataclass
class Exchange:
    """A request that went over the network; times in ms since the epoch, sizes in bytes.

    `body` is the answer's body as transferred, so compressed where `encoding` says so.
    """

    method: str
    url: str
    kind: str
    started: float
    answered: float = math.inf
    cached: bool = False
    mime: str = ""
    encoding: str = ""
    head: float = 0
    body: float = 0

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.url).path}"


class NetworkLog:
    """Everything the page asks for, redirects and preflights included."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session
        self._all: list[Exchange] = []
        self._open: dict[str, Exchange] = {}
        self._epoch = 0.0  # seconds between the protocol's clock and the epoch
        session.on("Network.requestWillBeSent", self._started)
        session.on("Network.requestServedFromCache", self._cached)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    @property
    def exchanges(self) -> list[Exchange]:
        """What went over the network, in order."""
        return [each for each in self._all if not each.cached and each.url.startswith("http")]

    def between(self, begin: float, seen: Mapping[str, float]) -> list[Exchange]:
        """What was asked from *begin* until the tasks were seen."""
        end = seen["wall"] + seen["tasks"]
        return [each for each in self.exchanges if begin <= each.started and each.answered <= end]

    def _started(self, event: dict[str, Any]) -> None:
        self._epoch = event["wallTime"] - event["timestamp"]
        key, request = event["requestId"], event["request"]
        if event.get("redirectResponse"):
            self._open[key].answered = event["wallTime"] * 1000
        kind = event.get("type", "")
        exchange = Exchange(request["method"], request["url"], kind, event["wallTime"] * 1000)
        self._open[key] = exchange
        self._all.append(exchange)

    def _cached(self, event: dict[str, Any]) -> None:
        self._open[event["requestId"]].cached = True

    def _answered(self, event: dict[str, Any]) -> None:
        exchange, response = self._open[event["requestId"]], event["response"]
        exchange.answered = (event["timestamp"] + self._epoch) * 1000
        exchange.cached |= response["fromDiskCache"] or response.get("fromPrefetchCache", False)
        exchange.mime = response["mimeType"]
        headers = {name.lower(): value for name, value in response["headers"].items()}
        exchange.encoding = headers.get("content-encoding", "")
        exchange.head = response["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        exchange = self._open[event["requestId"]]
        exchange.body = event["encodedDataLength"] - exchange.head


def longest_chain(exchanges: list[Exchange]) -> list[Exchange]:
    """The most requests of which each began after the answer to the one before had begun.

    An upper bound of the round trips in a row: not everything that begins later has waited.
    """
    best: list[Exchange] = []
    ends: list[list[Exchange]] = []  # for each exchange the longest chain that ends with it
    for exchange in sorted(exchanges, key=lambda each: each.started):
        before = [chain for chain in ends if chain[-1].answered <= exchange.started]
        chain = [*max(before, key=len, default=[]), exchange]
        ends.append(chain)
        best = max(best, chain, key=len)
    return best


def throttle(session: CDPSession) -> None:
    """A slow phone on slow 3G: 4 times slower CPU, 400 ms per round trip, 500 kbit/s."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    session.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_3G})


def delay(session: CDPSession, latency: float) -> None:
    """From now on every answer takes *latency* ms longer."""
    unlimited = {"downloadThroughput": -1, "uploadThroughput": -1}
    conditions = {"offline": False, "latency": latency, **unlimited}
    session.send("Network.emulateNetworkConditions", conditions)
