"""The common part of a noun's routes: input to statement to answer (`tasks/routes.py` uses it)."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Path
from pydantic import BaseModel, WithJsonSchema
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from gatepass import InvalidToken
from taskapi.database import Row, database
from taskapi.errors import ApiError, Conflict, NotFound, Unauthorized
from taskapi.openapi import USER_ID, USER_ID_SCHEMA, by_name, errors
from taskapi.owned.account_deletion import allowed
from taskapi.owned.cursor import CursorOf
from taskapi.owned.fields import RowId
from taskapi.owned.rows import Order, Rows, Where
from taskapi.owned.schemas import Input, PageQuery, Patch
from taskapi.ownership import Owner, OwnerRoute

Responses = dict[int | str, dict[str, Any]]
UserId = Annotated[str, WithJsonSchema(USER_ID_SCHEMA), Path(description=USER_ID)]
Id = Annotated[RowId, Path(description="Its UUID.")]

log = structlog.get_logger("taskapi.owned")


class Collection:
    """What the routes of one noun have in common; `router` takes them.

    Args:
        name: in the path, `/api/users/{user_id}/{name}`.
        one: what a single one is called, in sentences.
        rows: the statements.
        shown: one of them, as the API shows it.
        page: a page of them.
    """

    def __init__(
        self, name: str, one: str, rows: Rows, shown: type[BaseModel], page: type[BaseModel]
    ) -> None:
        self.name = name
        self.one = one
        self.rows = rows
        self.router = APIRouter(
            prefix=f"/api/users/{{user_id}}/{name}",
            tags=[name],
            route_class=OwnerRoute,
            generate_unique_id_function=by_name,
            responses=errors(401, 403, 413, 422, 429, 500, 503),
        )
        it: dict[str, Any] = {"model": shown, "description": f"The {one}."}
        created = {
            "model": shown,
            "description": "Created.",
            "headers": {"Location": {"description": "Its path.", "schema": {"type": "string"}}},
        }
        # What the document says of each kind of route, for the router's decorators.
        self.listing: Responses = {200: {"model": page, "description": "The page."}}
        self.adding: Responses = {201: created, **errors(409)}
        self.finding: Responses = {200: it, **errors(404)}
        self.putting: Responses = {200: {**it, "description": "Replaced."}, **self.adding}
        self.removing: Responses = errors(404)

    async def list(
        self,
        request: Request,
        owner: Owner,
        query: PageQuery,
        sort: str,
        order: Order,
        where: Where = (),
        values: Mapping[str, Any] | None = None,
    ) -> Response:
        """A page of the owner's rows.

        Args:
            sort: how the client names `order`.
            where: conditions on the rows, the same objects each time.
            values: their parameters; with some it is a search, which may read all that the owner
                has.
        """
        cursors = CursorOf(self.name, owner.id, sort, order.numeric)
        after = None if query.cursor is None else cursors.decode(query.cursor)
        arguments = (owner, order, where, values or {}, query.limit, after)
        db = database(request)
        if values:
            rows, end = await db.search(owner.id, self.rows.page, *arguments)
        else:
            rows, end = await db.read(self.rows.page, *arguments)
        items = [self.shown(row) for row in rows]
        return answer({"items": items, "next_cursor": end and cursors.encode(end)})

    async def find(self, request: Request, owner: Owner, row_id: str) -> Response:
        """One of the owner's rows."""
        row = await database(request).read(self.rows.find, owner, row_id)
        if row is None:
            raise self.missing()
        return answer(self.shown(row))

    async def add(self, request: Request, owner: Owner, new: Input) -> Response:
        """A new row under an id of ours."""
        row = await database(request).write(self.rows.add, owner, new.model_dump())
        return await self.put_answer(request, owner, row)

    async def put(self, request: Request, owner: Owner, row_id: str, new: Input) -> Response:
        """A row under an id of the client's: sending it again is harmless."""
        row = await database(request).write(self.rows.put, owner, row_id, new.model_dump())
        return await self.put_answer(request, owner, row)

    async def put_answer(self, request: Request, owner: Owner, row: Row | None) -> Response:
        if row is None:
            full = f"You have {self.rows.most} {self.name}, which is the limit: delete some first."
            raise await refusal(request, owner, Conflict(full))
        shown, replaced = self.shown(row), row[-1]
        if replaced:
            return answer(shown)
        root = request.scope.get("root_path", "")
        path = f"{root}/api/users/{quote(owner.id, safe='')}/{self.name}/{shown['id']}"
        return answer(shown, 201, {"Location": path})

    async def change(self, request: Request, owner: Owner, row_id: str, patch: Patch) -> Response:
        """The row with the fields that were sent."""
        row = await database(request).write(self.rows.change, owner, row_id, patch.changes())
        if row is None:
            raise await refusal(request, owner, self.missing())
        return answer(self.shown(row))

    async def remove(self, request: Request, owner: Owner, row_id: str) -> Response:
        """Without one of the owner's rows."""
        if not await database(request).write(self.rows.remove, owner, row_id):
            raise await refusal(request, owner, self.missing())
        return Response(status_code=204)

    async def remove_all(self, request: Request, owner: Owner, where: Where = ()) -> Response:
        """Without the rows that meet some conditions."""
        db = database(request)
        await db.write(self.rows.remove_all, owner, where)
        if not await db.read(allowed, owner):
            raise account_deleted()
        return Response(status_code=204)

    def shown(self, row: Row) -> dict[str, Any]:
        """A row as the schema describes it; its columns are already what the API shows."""
        return dict(zip(self.rows.names, row, strict=False))

    def missing(self) -> NotFound:
        """A 404 that says nothing about other people's."""
        return NotFound(f"You have no {self.one} with this id.")


async def refusal(request: Request, owner: Owner, otherwise: ApiError) -> ApiError:
    """Why a write did nothing: the account was deleted, or `otherwise`."""
    if await database(request).read(allowed, owner):
        return otherwise
    return account_deleted()


def account_deleted() -> Unauthorized:
    """The pass was issued before its account was deleted."""
    error = InvalidToken("revoked")
    log.info("token_refused", reason=error.reason)
    return Unauthorized(error)


def answer(
    content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(to_json(content), status, headers, media_type="application/json")
