"""Tasks over HTTP, and nothing else: input to repository call to answer."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from taskapi.database import Db, Row, database
from taskapi.errors import NotFound
from taskapi.incoming import parse_query
from taskapi.openapi import USER_ID, bare, by_name, errors
from taskapi.ownership import Owner, OwnerRoute, owner_id
from taskapi.tasks import repository
from taskapi.tasks.cursor import decode_cursor, encode_cursor
from taskapi.tasks.schemas import (
    DeleteQuery,
    Task,
    TaskIdText,
    TaskInput,
    TaskPage,
    TaskPatch,
    TaskQuery,
)

router = APIRouter(
    prefix="/api/users/{user_id}/tasks",
    tags=["tasks"],
    route_class=OwnerRoute,
    generate_unique_id_function=by_name,
    responses=errors(401, 403, 413, 422, 429, 500, 503),
)

UserId = Annotated[str, Path(description=USER_ID)]
TaskId = Annotated[TaskIdText, Path(description="The task's UUID.")]

FIELDS = tuple(Task.model_fields)  # in the order of repository.SHOWN
LOCATION = {"Location": {"description": "The task's path.", "schema": {"type": "string"}}}
PAGE: dict[str, Any] = {"model": TaskPage, "description": "The page."}
TASK: dict[str, Any] = {"model": Task, "description": "The task."}
CREATED: dict[str, Any] = {"model": Task, "description": "Created.", "headers": LOCATION}


@router.get("", summary="List your tasks", responses={200: PAGE}, openapi_extra=bare(TaskQuery))
async def list_tasks(request: Request) -> Response:
    """A page of your tasks; `next_cursor` leads to the next one."""
    owner = owner_id(request.scope["gatepass.user"])
    query = parse_query(request, TaskQuery)
    after = None if query.cursor is None else decode_cursor(owner, query.sort, query.cursor)
    db = database(request)
    if query.q:  # a search may look at every task of the owner
        rows, end = await db.search(owner, repository.find_page, owner, query, after)
    else:
        rows, end = await db.read(repository.find_page, owner, query, after)
    next_cursor = None if end is None else encode_cursor(owner, query.sort, end)
    return json_answer({"items": [task_json(row) for row in rows], "next_cursor": next_cursor})


@router.post("", summary="Add a task", status_code=201, responses={201: CREATED})
async def add_task(user_id: UserId, owner: Owner, db: Db, task: TaskInput) -> Response:
    """A new task under an id of the server's choice."""
    row = await db.write(repository.add, owner, task.model_dump())
    return json_answer(task_json(row), 201, location(owner, row))


@router.delete("", summary="Delete many tasks", status_code=204)
async def delete_tasks(
    user_id: UserId, owner: Owner, db: Db, query: Annotated[DeleteQuery, Query()]
) -> Response:
    """Deletes your tasks of one status, or all of them."""
    await db.write(repository.remove_all, owner, query.status)
    return Response(status_code=204)


@router.get("/{task_id}", summary="Read a task", responses={200: TASK, **errors(404)})
async def read_task(user_id: UserId, task_id: TaskId, owner: Owner, db: Db) -> Response:
    """One of your tasks."""
    row = await db.read(repository.find, owner, task_id)
    return found(row)


@router.put(
    "/{task_id}",
    summary="Create or replace a task",
    responses={
        200: {**TASK, "description": "Replaced."},
        201: CREATED,
    },
)
async def put_task(
    user_id: UserId, task_id: TaskId, owner: Owner, db: Db, task: TaskInput
) -> Response:
    """A task under an id of your choice: sending it again is harmless."""
    row, created = await db.write(repository.put, owner, task_id, task.model_dump())
    if created:
        return json_answer(task_json(row), 201, location(owner, row))
    return json_answer(task_json(row))


@router.patch("/{task_id}", summary="Change a task", responses={200: TASK, **errors(404)})
async def change_task(
    user_id: UserId, task_id: TaskId, owner: Owner, db: Db, patch: TaskPatch
) -> Response:
    """Changes the fields that are sent."""
    row = await db.write(repository.change, owner, task_id, patch.changes())
    return found(row)


@router.delete("/{task_id}", summary="Delete a task", status_code=204, responses=errors(404))
async def delete_task(user_id: UserId, task_id: TaskId, owner: Owner, db: Db) -> Response:
    """Deletes one of your tasks."""
    if not await db.write(repository.remove, owner, task_id):
        raise NotFound("You have no task with this id.")
    return Response(status_code=204)


def found(row: Row | None) -> Response:
    """The task, or a 404 that says nothing about other people's."""
    if row is None:
        raise NotFound("You have no task with this id.")
    return json_answer(task_json(row))


def task_json(row: Row) -> dict[str, Any]:
    """A row as `schemas.Task` describes it; its columns are already what the API shows."""
    return dict(zip(FIELDS, row, strict=False))


def location(owner: str, row: Row) -> dict[str, str]:
    """The `Location` of a new task; a user id may be any text."""
    return {"Location": f"/api/users/{quote(owner, safe='')}/tasks/{row[0]}"}


def json_answer(
    content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(to_json(content), status, headers, media_type="application/json")
