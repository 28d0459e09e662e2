"""Tasks over HTTP."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from taskapi.owned.collection import Collection, Id, UserId
from taskapi.ownership import CurrentOwner
from taskapi.tasks.schemas import DeleteQuery, Task, TaskInput, TaskPage, TaskPatch, TaskQuery
from taskapi.tasks.table import IN_STATUS, ORDERS, conditions, rows

tasks = Collection("tasks", "task", rows, Task, TaskPage)
router = tasks.router


@router.get("", summary="List your tasks", responses=tasks.listing)
async def list_tasks(
    user_id: UserId, owner: CurrentOwner, request: Request, query: Annotated[TaskQuery, Query()]
) -> Response:
    """A page of your tasks; `next_cursor` leads to the next one."""
    order = ORDERS[query.sort]
    return await tasks.list(request, owner, query, query.sort, order, *conditions(query))


@router.post("", summary="Add a task", status_code=201, responses=tasks.adding)
async def add_task(
    user_id: UserId, owner: CurrentOwner, request: Request, task: TaskInput
) -> Response:
    """A new task under an id of the server's choice."""
    return await tasks.add(request, owner, task)


@router.delete("", summary="Delete many tasks", status_code=204)
async def delete_tasks(
    user_id: UserId,
    owner: CurrentOwner,
    request: Request,
    query: Annotated[DeleteQuery, Query()],
) -> Response:
    """Deletes your tasks of one status, or all of them."""
    return await tasks.remove_all(request, owner, IN_STATUS[query.status])


@router.get("/{task_id}", summary="Read a task", responses=tasks.finding)
async def read_task(
    user_id: UserId, task_id: Id, owner: CurrentOwner, request: Request
) -> Response:
    """One of your tasks."""
    return await tasks.find(request, owner, task_id)


@router.put("/{task_id}", summary="Create or replace a task", responses=tasks.putting)
async def put_task(
    user_id: UserId, task_id: Id, owner: CurrentOwner, request: Request, task: TaskInput
) -> Response:
    """A task under an id of your choice: sending it again is harmless."""
    return await tasks.put(request, owner, task_id, task)


@router.patch("/{task_id}", summary="Change a task", responses=tasks.finding)
async def change_task(
    user_id: UserId, task_id: Id, owner: CurrentOwner, request: Request, patch: TaskPatch
) -> Response:
    """Changes the fields that are sent."""
    return await tasks.change(request, owner, task_id, patch)


@router.delete("/{task_id}", summary="Delete a task", status_code=204, responses=tasks.removing)
async def delete_task(
    user_id: UserId, task_id: Id, owner: CurrentOwner, request: Request
) -> Response:
    """Deletes one of your tasks."""
    return await tasks.remove(request, owner, task_id)
