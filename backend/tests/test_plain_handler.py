"""Which endpoints are called without FastAPI's own way, and that nobody can tell."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from taskapi.main import create_app
from taskapi.ownership import OpenToEveryUser, OwnerRoute, require_owner_routes
from taskapi.plain_handler import plain_handler
from taskapi.settings import Settings
from taskapi.strict_requests import StrictRoute


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


async def refuse() -> str:
    raise HTTPException(403)


REFUSED = Depends(refuse)


async def a_default(request: Request, one: str = REFUSED) -> Response:
    return Response()


async def a_model_by_default(request: Request, body: Body = REFUSED) -> Response:
    return Response()


async def no_annotation(request: Request, one=REFUSED) -> Response:  # type: ignore[no-untyped-def]
    return Response()


async def two_dependencies(one: Annotated[str, Depends(known), Depends(refuse)]) -> Response:
    return Response()


def test_only_what_is_provided_for() -> None:
    resolvers = {known: lambda _request: "plain"}
    assert plain_handler(takes_little, {"at"}, resolvers)
    assert plain_handler(a_query, set(), resolvers)
    others = (another_dependency, a_parameter, no_response, no_coroutine, *HIDDEN)
    assert [plain_handler(each, {"at"}, resolvers) for each in others] == [None] * len(others)


HIDDEN = (a_default, a_model_by_default, no_annotation, two_dependencies)
REFUSE = [REFUSED]


async def endpoint(request: Request) -> Response:
    return Response()


def application(**levels: list[Any]) -> FastAPI:
    """One plain endpoint, and dependencies at some of the levels at which FastAPI takes them."""
    router = APIRouter(route_class=StrictRoute, dependencies=levels.get("router"))
    router.add_api_route("/x", endpoint, dependencies=levels.get("route"))
    outer = APIRouter(route_class=StrictRoute, dependencies=levels.get("outer"))
    outer.include_router(router, dependencies=levels.get("include"))
    app = FastAPI(dependencies=levels.get("app"))
    app.include_router(outer, dependencies=levels.get("application"))
    return app


def test_without_dependencies_everybody_gets_in() -> None:
    assert TestClient(application()).get("/x").status_code == 200


@pytest.mark.parametrize("level", ["route", "router", "include", "outer", "application", "app"])
def test_dependencies_of_every_level_are_run(level: str) -> None:
    assert TestClient(application(**{level: REFUSE})).get("/x").status_code == 403


@pytest.mark.parametrize("level", ["route", "router"])
def test_dependencies_of_a_listed_route_are_run(level: str) -> None:
    router = APIRouter(route_class=StrictRoute, dependencies=REFUSE if level == "router" else None)
    router.add_api_route("/x", endpoint, dependencies=REFUSE if level == "route" else None)
    assert TestClient(FastAPI(routes=router.routes)).get("/x").status_code == 403


def test_dependencies_of_the_applications_own_routes_are_run() -> None:
    app = FastAPI(dependencies=REFUSE)
    app.router.route_class = StrictRoute
    app.get("/x")(endpoint)
    assert TestClient(app).get("/x").status_code == 403


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_dependency_is_run_however_it_is_written(hidden: Any) -> None:
    router = APIRouter(route_class=StrictRoute)
    router.add_api_route("/x", hidden)
    assert TestClient(FastAPI(routes=router.routes)).get("/x").status_code == 403


def test_an_application_whose_dependencies_would_not_be_run_is_refused() -> None:
    """FastAPI does not apply its own to routes that are given to it as a list."""
    with pytest.raises(OpenToEveryUser, match=r"FastAPI\(dependencies=\.\.\.\)"):
        require_owner_routes(FastAPI(routes=[], dependencies=REFUSE, openapi_url=None), ())


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
