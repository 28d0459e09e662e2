"""HTTP/1.1 as uvicorn and httptools speak it, within bounds that no stranger can move.

httptools bounds nothing (h11 does, at five times the cost of a request), so this does. A request
that is too long or too slow still becomes a request, with what has been read of it, so that the
application answers in its one shape, with CORS headers, an id and a line in the log; only bytes
that are no HTTP are answered here. One connection makes the process hold `MAX_PENDING` bytes and
one read of its socket (256 KB) at most, whatever it sends.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv6Address, ip_address
from resource import RLIM_INFINITY
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import uuid4

import httptools
import structlog
from starlette.exceptions import HTTPException
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from taskapi.error_answers import render
from taskapi.errors import HeadersTooLarge, RequestTimeout, ServerBusy, UriTooLong
from taskapi.request_log import NO_CONTENT, NO_STORE
from taskapi.strict_requests import BODY_SECONDS

MAX_REQUEST_LINE = 16_384  # bytes, as received
MAX_HEADERS = 16_384  # bytes of all header lines together
MAX_HEADER_COUNT = 256  # a header costs 130 bytes of memory, however short it is
MAX_PENDING = 65_536  # bytes that complete neither a head nor a piece of a body
FRAMING = (b"content-length", b"transfer-encoding")  # headers that say where a body ends
MAX_PIPELINED = 16  # requests that wait for an answer to the ones before
MAX_UNSENT = 64 * 1024 * 1024  # bytes of answers of which clients have not taken the end
MAX_DISCARDED = 16 * 1024 * 1024  # bytes of a request that has had its answer
MAX_CONNECTIONS = 4096  # of one process
A_FEW = 16  # that a client may have being served, whatever share of all they are
OTHER_FILES = 128  # descriptors of a process that are no connections

HEAD_SECONDS = 10  # from the first byte, or from the connection, to the end of the headers
SEND_SECONDS = 30  # in which a client takes SEND_PROGRESS bytes of an answer that waits for it
SEND_PROGRESS = 16_384  # and what may wait for a client before it is watched
LINGER_SECONDS = 2  # for a refusal to arrive before what the client goes on sending is reset
COUNT_AGAIN_SECONDS = 0.25  # after nobody was found: thousands are not counted for each newcomer
STOP_SECONDS = 5  # for a request that is still coming in when the server stops

log = structlog.get_logger("taskapi.protocol")


class HttpProtocol(HttpToolsProtocol):
    """One connection. `reading` says which part of a request is coming in: head, body or none."""

    waiting: ClassVar[dict["HttpProtocol", None]] = {}  # without a request, the longest first
    unsent: ClassVar[dict["HttpProtocol", int]] = {}  # bytes of their answers, the oldest first
    arriving: ClassVar[
        dict["HttpProtocol", None]
    ] = {}  # with a body still to come, the oldest first
    none_served_most_until: ClassVar[float] = 0  # by the loop's clock: not counted till then

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drain = self.app_state.get("drain")
        self.sending = Sending(self)
        self.reading = ""
        self.pending = self.line_size = self.headers_size = self.discarded = self.written = 0
        self.refusal: HTTPException | None = None
        self.framing: list[tuple[bytes, bytes]] = []  # of a body that `parse` has still to read
        self.running: RequestResponseCycle | None = None  # the request that is being answered
        self.deaf = self.stopping = self.origin_kept = self.untaken = False
        self.deadline: asyncio.TimerHandle | None = None
        self.deadline_for = ""
        self.send_deadline: asyncio.TimerHandle | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Where there is no room and nobody makes some, a newcomer is refused."""
        super().connection_made(transport)
        self.address = network(self.client[0] if self.client else "")
        transport.set_write_buffer_limits(high=SEND_PROGRESS, low=0)
        if len(self.connections) > connection_limit() and not self.make_room():
            self.answer(ServerBusy())
            transport.close()
            return
        self.waiting[self] = None
        self.watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.pop(self, None)
        self.arriving.pop(self, None)
        self.disarm()
        self.all_sent()
        if self.running is not None:  # uvicorn tells the request that came last
            self.running.disconnected = True
        super().connection_lost(exc)

    def make_room(self) -> bool:
        """End the oldest connections of whoever holds most: one of all that wait for a request,
        together, or a sixteenth of those of one client that takes no answers or withholds bodies;
        or a sixteenth, in no order, of those of whoever has most being served. So that who holds
        thousands is not counted for each newcomer. False if none is such."""
        number, ending = 0, list[HttpProtocol]()
        if len(self.unsent) + len(self.arriving) > len(self.waiting):  # or none can hold more
            number, ending = holds_most(dict.fromkeys((*self.unsent, *self.arriving), 1))
        if self.waiting and len(self.waiting) >= number:
            ending = [next(iter(self.waiting))]
        if served := self.served_for_one(max(number, len(self.waiting))):
            number, ending = len(served), served
        for connection in ending[: max(1, number // 16)]:
            connection.end()
        return bool(ending)

    def served_for_one(self, held: int) -> list["HttpProtocol"]:
        """The connections of whoever has most of those that are being served, where these are more
        than half of all and theirs more than a sixteenth and than `held`, and not a few; in no
        order. What is under way in them is cut."""
        half = len(self.connections) / 2
        if len(self.waiting) >= half or self.loop.time() < HttpProtocol.none_served_most_until:
            return []
        idle = (self.waiting, self.unsent, self.arriving, (self,))
        everybody: set[Any] = self.connections
        served = [each for each in everybody if not any(each in some for some in idle)]
        number, theirs = holds_most(dict.fromkeys(served, 1)) if len(served) > half else (0, [])
        if number >= A_FEW and number > max(held, len(self.connections) / 16):
            return theirs
        HttpProtocol.none_served_most_until = self.loop.time() + COUNT_AGAIN_SECONDS
        return []

    def end(self) -> None:
        self.waiting.pop(self, None)
        self.arriving.pop(self, None)
        self.all_sent()
        self.connections.discard(self)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            self.discard(len(data))
            return
        self._unset_keepalive_if_required()
        self.pending += len(data)
        try:
            self.parse(data)
        except httptools.HttpParserError:
            self.refuse(HTTPException(400))
        if self.pending > MAX_PENDING:
            self.refuse(self.refusal or HeadersTooLarge())
        self.watch()

    def parse(self, data: bytes) -> None:
        """A request for another protocol is answered like any other (RFC 9110, section 7.8). The
        parser stops behind its head, and would take its body for the next request."""
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as stop:
                data = data[stop.args[0] :]
                if self.framing:
                    self.parse_body()

    def parse_body(self) -> None:
        """Read what follows as the body that was announced, and nothing behind it."""
        lines = [b"%s: %s\r\n" % header for header in self.framing]
        self.framing = []
        body = SimpleNamespace(on_body=self.on_body, on_message_complete=self.on_message_complete)
        self.parser = httptools.HttpRequestParser(body)
        head = [b"POST / HTTP/1.1\r\nconnection: close\r\n", *lines, b"\r\n"]
        self.parser.feed_data(b"".join(head))

    def discard(self, size: int) -> None:
        self.discarded += size
        if self.discarded > MAX_DISCARDED:
            self.transport.abort()

    def shutdown(self) -> None:
        """Stop after the request that is being answered or is still coming in."""
        self.stopping = True
        self.disarm()
        self.watch()
        if self.reading != "head" or self.answering():
            super().shutdown()

    def answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # One request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.reading = "head"
        self.line_size = self.headers_size = self.discarded = 0
        self.origin_kept = False
        self.refusal = None

    def on_url(self, url: bytes) -> None:
        self.line_size += len(url)
        around = len(self.parser.get_method()) + len("  HTTP/1.1\r\n")
        if self.line_size + around > MAX_REQUEST_LINE:
            self.refusal = UriTooLong()
            url = url[: MAX_REQUEST_LINE - len(self.url)]
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.reading != "head":
            return  # a trailer is no header (RFC 9110, section 6.5.1)
        self.headers_size += len(name) + len(value) + len(": \r\n")
        if self.headers_size > MAX_HEADERS or len(self.headers) >= MAX_HEADER_COUNT:
            self.refusal = self.refusal or HeadersTooLarge()
            if name.lower() != b"origin" or self.origin_kept:
                return
            self.origin_kept = True  # one origin, so that a page may read the refusal
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.refusal is not None:
            self.refuse(self.refusal)
            raise self.refusal  # stops the parser
        if len(self.pipeline) == MAX_PIPELINED or self.headers_ahead() > MAX_HEADER_COUNT:
            self.finish()
            raise HTTPException(400)
        super().on_headers_complete()
        self.cycle.transport = self.sending
        if not self.pipeline:
            self.running = self.cycle
        self.reading = "body"
        self.waiting.pop(self, None)
        self.arriving[self] = None
        if self.parser.should_upgrade():
            self.framing = [header for header in self.headers if header[0] in FRAMING]
        if self.framing or self.stopping or (self.drain is not None and self.drain.active):
            self.cycle.keep_alive = False

    def headers_ahead(self) -> int:
        """Of the requests that wait for an answer to the ones before, this one included."""
        if not self.pipeline:
            return 0
        return len(self.headers) + sum(
            len(list(cycle.scope["headers"])) for cycle, _ in self.pipeline
        )

    def on_body(self, body: bytes) -> None:
        self.pending = 0
        if self.cycle.response_complete:
            self.discard(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.framing:
            return  # this was its head
        self.reading = ""
        self.pending = 0
        self.arriving.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The next request is begun, or waited for, when the client has taken the answer."""
        if self in self.unsent:
            self.untaken = True
            self.waiting.pop(self, None)
            self.disarm()  # what is not read meanwhile is not late
            if not self.transport.is_closing():
                self.flow.pause_reading()
            return
        last = not self.pipeline
        if last:
            self.cycle.body = bytearray()  # which nobody may have read
        self.running = None if last else self.pipeline[-1][0]
        super().on_response_complete()
        if self.transport.is_closing():
            self.arm(SEND_SECONDS)  # closing waits until the client has taken the answer
        elif self.deaf and last:
            self.arm(LINGER_SECONDS)
        elif self.reading:
            self.watch()
        if last or self.transport.is_closing():
            self.waiting[self] = None
            self.arriving.pop(self, None)

    # What is refused

    def refuse(self, error: HTTPException) -> None:
        """Read no more; answer what has come, unless an answer is due already, and close."""
        if self.deaf:
            return
        self.deaf = True
        if self.reading == "body" and not self.pipeline and not self.cycle.response_started:
            self.cycle.disconnected = True  # whoever reads the body learns that it ends here
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
            self.answer(error)
            self.linger()
        elif self.reading == "body":
            self.transport.abort()
        elif self.answering():
            self.finish()
        elif self.reading == "head" and error.status_code != 400 and self.begin_refused(error):
            return
        else:
            self.answer(error)
            self.linger()

    def finish(self) -> None:
        """Read no more; the connection ends with the last of the answers that are due."""
        self.deaf = True
        self.disarm()
        self.cycle.keep_alive = False
        self.cycle.transport = HalfClosing(self)

    def begin_refused(self, error: HTTPException) -> bool:
        """Let the application answer what has been read of this request, if it makes sense."""
        self.scope["refused"] = error  # type: ignore[typeddict-unknown-key]
        try:
            super().on_headers_complete()
        except (httptools.HttpParserError, AttributeError):  # no path: only bytes so far
            return False
        self.waiting.pop(self, None)
        self.cycle.more_body = False
        self.finish()
        return True

    def answer(self, error: HTTPException) -> None:
        """Answers, in the one error shape, what is no request."""
        self.deaf = True
        request_id = str(uuid4())
        log.info("connection_refused", request_id=request_id, status=error.status_code)
        if "refuse" in self.app_state:
            self.app_state["refuse"](error.status_code)  # counts it
        response = render({"request_id": request_id}, error)
        head = [
            *response.raw_headers,
            (b"x-request-id", request_id.encode()),
            *self.app_state["headers"],
            NO_STORE,
            NO_CONTENT,
            (b"vary", b"Origin"),
            (b"connection", b"close"),
        ]
        lines = [b"%s: %s\r\n" % header for header in head]
        self.transport.write(
            b"".join([STATUS_LINE[error.status_code], *lines, b"\r\n", response.body])
        )

    def linger(self) -> None:
        """End our side; read what still comes into nothing, or a reset overtakes the answer."""
        self.transport.write_eof()
        self.arm(LINGER_SECONDS)
        self.waiting[self] = None

    # Time

    def watch(self) -> None:
        """Bound the time for the rest of what has begun, and for the beginning."""
        if self.deaf or self.untaken:
            return
        if not self.reading and self.answering():
            self.disarm()
        elif self.deadline is None or self.deadline_for != self.reading:
            self.arm(STOP_SECONDS if self.stopping else self.patience())

    def patience(self) -> float:
        """Seconds for what comes next."""
        if self.reading == "body":
            return BODY_SECONDS + LINGER_SECONDS
        if self.reading or self.pending or self.cycle is None:
            return HEAD_SECONDS
        return self.timeout_keep_alive  # a body has come after its answer, and nothing else

    def arm(self, seconds: float) -> None:
        self.disarm()
        self.deadline = self.loop.call_later(seconds, self.too_late)
        self.deadline_for = self.reading

    def disarm(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def too_late(self) -> None:
        self.deadline = None
        if self.reading == "head" and not self.deaf:
            self.refuse(RequestTimeout())
        else:
            self.transport.abort()  # a body that is read has been answered before (BodyLimit)

    def timeout_keep_alive_handler(self) -> None:
        self.transport.abort()  # closing would wait for a client that never took its answer

    def pause_writing(self) -> None:
        super().pause_writing()
        waiting = self.transport.get_write_buffer_size()
        ahead = sum(len(cycle.body) for cycle, _ in self.pipeline)
        self.unsent[self] = max(waiting, self.written) + ahead  # kept whole until all is taken
        self.watch_sending(waiting)
        while sum(self.unsent.values()) > MAX_UNSENT:
            holds_most(self.unsent)[1][0].end()

    @property
    def holder(self) -> str | int:
        """Whose request is being answered: a user's, or a stranger's at that address."""
        user: Any = self.running and self.running.scope.get("gatepass.user")
        return user.id if user else self.address

    def watch_sending(self, waiting: int) -> None:
        self.send_deadline = self.loop.call_later(SEND_SECONDS, self.check_sending, waiting)

    def check_sending(self, before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting > before - SEND_PROGRESS:
            self.transport.abort()
        else:
            self.watch_sending(waiting)

    def resume_writing(self) -> None:
        """The client has taken all of what it was sent."""
        self.all_sent()
        super().resume_writing()
        if self.untaken:
            self.untaken = False
            self.on_response_complete()

    def all_sent(self) -> None:
        self.unsent.pop(self, None)
        if self.send_deadline is not None:
            self.send_deadline.cancel()
            self.send_deadline = None


class Sending(asyncio.Transport):
    """What answers are written to; it notes how much is kept until the client has taken it."""

    def __init__(self, connection: HttpProtocol) -> None:
        super().__init__()
        self.connection = connection

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.connection.written = len(data)
        self.connection.transport.write(data)

    def is_closing(self) -> bool:
        return self.connection.transport.is_closing()

    def close(self) -> None:
        self.connection.transport.close()


class HalfClosing(Sending):
    """What the last answer of a connection is written to; closing it lingers."""

    def close(self) -> None:
        self.connection.linger()


def holds_most(held: Mapping[HttpProtocol, int]) -> tuple[int, list[HttpProtocol]]:
    """How much the client has that holds most, and its connections, the oldest first: nobody but
    that client is to lose any."""
    sums = Counter[str | int]()
    for connection, size in held.items():
        sums[connection.holder] += size
    most = max(sums, key=sums.__getitem__)
    return sums[most], [each for each in held if each.holder == most]


def network(address: str) -> str | int:
    """What counts as one client: an IPv4 address, or an IPv6 network of 48 bits."""
    ip = ip_address(address) if address else None
    return int(ip) >> 80 if isinstance(ip, IPv6Address) and not ip.ipv4_mapped else address


def allow_connections(to_database: int) -> None:
    """Let this process and its workers open as many files as connections need, if they may."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_FILES + to_database
    if RLIM_INFINITY not in (allowed, most):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, min(wanted, most)), most))
    if connection_limit() < MAX_CONNECTIONS:
        log.warning("few_connections", limit=connection_limit(), advice="raise `ulimit -n`")


@cache
def connection_limit() -> int:
    """How many connections this process takes: no more than it may open files."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MAX_CONNECTIONS if allowed == RLIM_INFINITY else min(MAX_CONNECTIONS, allowed - OTHER_FILES)
    )
