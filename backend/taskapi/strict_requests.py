"""What comes in with a request: at most 64 KB of strict JSON, and a strict query string."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from taskapi.errors import FieldError, PayloadTooLarge, RequestTimeout, ValidationFailed
from taskapi.plain_handler import Handler, Resolvers, plain_handler

Query = TypeVar("Query", bound=BaseModel)

MAX_BODY_BYTES = 65_536
BODY_SECONDS = 30  # from the first piece that somebody waits for to the last
MAX_PARAMETERS = 20  # of a query string
MAX_MEMBERS = 200  # of a body: each that is unknown costs more than all that are known
JSON_MEDIA_TYPE = re.compile(r"application/([\w.!#$&^-]+\+)?json\s*(;.*)?", re.IGNORECASE)


class BodyLimit:
    """Refuse a body over `limit` bytes, or one that comes too slowly, while it is read.

    Nothing is refused before somebody reads: whoever is not let in (401, 403) learns that first.
    """

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared, read = declared_length(scope), 0
        deadline: float | None = None

        async def limited() -> Message:
            nonlocal read, deadline
            if declared > self.limit:  # whatever comes is counted, whatever Content-Length claims
                raise PayloadTooLarge
            deadline = deadline or asyncio.get_running_loop().time() + BODY_SECONDS
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise RequestTimeout from error
            read += len(message.get("body", b""))
            if read > self.limit:
                raise PayloadTooLarge
            return message

        await self.app(scope, limited, send)


def declared_length(scope: Scope) -> int:
    """The Content-Length in bytes, or 0 when there is none that can be understood."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


class HeadAsGet:
    """Serve HEAD as GET without the content (RFC 9110, section 9.3.2), on every route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        as_get: Scope = {**scope, "method": "GET"}

        async def without_content(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            else:
                keep_route()
            await send(message)

        def keep_route() -> None:
            if "route" in as_get:
                scope["route"] = as_get["route"]  # for whoever counts answers by route

        try:
            await self.app(as_get, receive, without_content)
        except Exception:
            keep_route()  # the answer is made further out
            raise


class StrictRequest(Request):
    """A request whose JSON and query string are read to the letter, or refused with a 422.

    Python's own readers let through what no database can hold: `json` accepts lone surrogates
    and NaN, and Starlette decodes a query string's broken UTF-8 to replacement characters.
    """

    strict_params = QueryParams()

    def read_query(self) -> None:
        """Fill `query_params`, which are none where nobody asks. Raises ValidationFailed."""
        self.strict_params = QueryParams(strict_query(self.scope["query_string"]))

    @property
    def query_params(self) -> QueryParams:
        return self.strict_params

    async def json(self) -> Any:
        try:
            value = from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise ValidationFailed(
                {"field": "body", "message": f"The body is not valid JSON: {error}."}
            ) from error
        if isinstance(value, dict) and len(value) > MAX_MEMBERS:
            raise ValidationFailed(
                {"field": "body", "message": f"Must have at most {MAX_MEMBERS} members."}
            )
        return value


def strict_query(query: bytes) -> list[tuple[str, str]]:
    """The parameters of a query string, in order.

    Raises:
        ValidationFailed: more than `MAX_PARAMETERS`, not UTF-8, a NUL, or one name twice (which
            one would count?).
    """
    if query.count(b"&") >= MAX_PARAMETERS:
        raise ValidationFailed(
            {"field": "query", "message": f"Must have at most {MAX_PARAMETERS} parameters."}
        )
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise ValidationFailed(
            {"field": "query", "message": "The query string is not valid UTF-8."}
        ) from error
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            raise ValidationFailed({"field": name[:100], "message": "Must be given only once."})
        if "\0" in name or "\0" in value:
            raise ValidationFailed({"field": "query", "message": "Must not contain NUL."})
        seen.add(name)
    return pairs


async def whole_body(request: Request) -> None:
    """Read the body, which the request then keeps. Raises PayloadTooLarge."""
    try:
        await request.body()
    except ClientDisconnect as error:
        raise HTTPException(400) from error  # no fault of ours, and nobody is left to read it


async def refuse_oversize(request: Request) -> None:
    """Apply the body limit where nobody reads a body. Raises PayloadTooLarge.

    A declared length is judged without waiting for a body that may never come, and a stranger is
    not waited for at all: what else comes is thrown away.
    """
    if "transfer-encoding" in request.headers and "gatepass.user" in request.scope:
        await whole_body(request)
    elif declared_length(request.scope) > MAX_BODY_BYTES:
        raise PayloadTooLarge


class StrictRoute(APIRoute):
    """A route that reads its input through `StrictRequest` and takes JSON bodies only.

    `resolvers` are the dependencies of which `plain_handler.py` knows the outcome.
    """

    resolvers: ClassVar[Resolvers] = {}

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        plain = plain_handler(self.endpoint, set(self.param_convertors), self.resolvers)
        if plain and not self.dependencies:
            self.app = self.served(plain)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, except that `$` in its pattern would match before a final newline."""
        if scope["path"].endswith("\n"):
            return Match.NONE, {}
        return super().matches(scope)

    def served(self, handler: Handler) -> ASGIApp:
        """What answers with a plain handler; FastAPI's own way keeps two exit stacks for it."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            incoming = StrictRequest(scope, receive)
            await self.read(incoming)
            response = await handler(incoming)
            await response(scope, receive, send)

        return app

    def get_route_handler(self) -> Handler:
        """FastAPI's own way, behind the same reading."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            incoming = StrictRequest(request.scope, request.receive)
            await self.read(incoming)
            return await handler(incoming)

        return strict

    async def read(self, request: StrictRequest) -> None:
        """Read the query and the body, if any is wanted. Raises ValidationFailed and others."""
        if self.dependant.query_params:
            request.read_query()
        if self.body_field is None:
            await refuse_oversize(request)
            return
        await whole_body(request)  # too large is told before not JSON
        if not JSON_MEDIA_TYPE.fullmatch(request.headers.get("content-type", "")):
            raise ValidationFailed(NOT_JSON)


NOT_JSON: FieldError = {
    "field": "Content-Type",
    "message": "Send the body as JSON, with the header Content-Type: application/json.",
}
