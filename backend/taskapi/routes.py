"""The routes that belong to no noun: is it up, is it ready, who am I."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from gatepass.fastapi import CurrentUser
from taskapi.errors import Stopping
from taskapi.openapi import by_name, errors
from taskapi.strict_requests import StrictRoute

router = APIRouter(route_class=StrictRoute, generate_unique_id_function=by_name)


class Health(BaseModel):
    """The process is up."""

    status: str


class Me(BaseModel):
    """Who the token says you are."""

    id: str
    email: str


def status(text: str) -> Response:
    """What a probe is told."""
    return Response(to_json({"status": text}), media_type="application/json")


UP: dict[int | str, dict[str, Any]] = {
    200: {"model": Health, "description": "Successful Response"},
    **errors(500),
}


@router.get("/health", summary="Is the process up?", tags=["status"], responses=UP)
async def health() -> Response:
    """Answers as long as the process does; asks nobody."""
    return status("ok")


@router.get(
    "/ready", summary="Is it ready to serve?", tags=["status"], responses={**UP, **errors(503)}
)
async def ready(request: Request) -> Response:
    """Answers 503 until the database is there and migrated, and again before the process ends."""
    if request.app.state.drain.active:
        raise Stopping
    await request.app.state.readiness.check()
    return status("ready")


@router.get("/api/me", summary="Who am I?", tags=["me"], responses=errors(401, 413, 429, 500))
async def me(user: CurrentUser) -> Me:
    """From the token alone: no database is asked."""
    return Me(id=user.id, email=user.email)
