"""Which endpoints are called without FastAPI's own way, and that nobody can tell."""

from typing import Annotated

from fastapi import Depends, FastAPI, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from taskapi.main import create_app
from taskapi.ownership import OwnerRoute
from taskapi.plain_handler import plain_handler
from taskapi.settings import Settings


class Body(BaseModel):
    name: str


async def known() -> str:
    return "FastAPI"


async def unknown() -> str:
    return "FastAPI"


async def takes_little(
    request: Request, at: int, one: Annotated[str, Depends(known)], body: Body
) -> Response:
    return Response()


async def another_dependency(one: Annotated[str, Depends(unknown)]) -> Response:
    return Response()


async def a_parameter(limit: int = 20) -> Response:
    return Response()


async def a_query(query: Annotated[Body, Query()]) -> Response:
    return Response()


async def no_response(request: Request) -> Body:
    return Body(name="x")


def no_coroutine(request: Request) -> Response:
    return Response()


def test_only_what_is_provided_for() -> None:
    resolvers = {known: lambda _request: "plain"}
    assert plain_handler(takes_little, {"at"}, resolvers)
    assert plain_handler(a_query, set(), resolvers)
    others = (another_dependency, a_parameter, no_response, no_coroutine)
    assert [plain_handler(each, {"at"}, resolvers) for each in others] == [None] * len(others)


def test_every_endpoint_of_a_task_is_plain(settings: Settings) -> None:
    """What costs a task's route the general way is noticed here, not in a benchmark."""
    app: FastAPI = create_app(settings)
    general = {
        route.name
        for route in app.routes
        if isinstance(route, OwnerRoute)
        and not plain_handler(route.endpoint, set(route.param_convertors), route.resolvers)
    }
    assert all(isinstance(route, APIRoute) for route in app.routes)
    assert general == set()
