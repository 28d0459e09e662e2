"""Who may reach what: a path that names a user belongs to that user alone.

The gate (`gatepass` middleware) has already decided who is asking. `OwnerRoute` compares that
user with the path before the body is read, the query is looked at or the database is asked, so
nothing about another user's path can be learnt from the answer. It is the route class, not a
dependency, so a route cannot forget it; `require_owner_routes` refuses to build an application
in which a route with `{user_id}` is of any other class.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Receive, Scope, Send

from gatepass import User
from gatepass.fastapi import CurrentUser
from taskapi.errors import Forbidden, ValidationFailed
from taskapi.incoming import StrictRoute

MAX_OWNER_BYTES = 2048  # PostgreSQL indexes at most 2704 bytes of a row


class OwnerRoute(StrictRoute):
    """A route that answers 403 unless its path's `user_id` is the token's `sub`."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path_params"].get("user_id") != scope["gatepass.user"].id:
            raise Forbidden
        await super().handle(scope, receive, send)


def owner_id(user: User) -> str:
    """The id that every statement on tasks starts from.

    Raises:
        ValidationFailed: longer than an index can hold.
    """
    if len(user.id.encode()) > MAX_OWNER_BYTES:
        raise ValidationFailed(
            {"field": "user_id", "message": f"Must be at most {MAX_OWNER_BYTES} bytes."}
        )
    return user.id


async def owner(user: CurrentUser) -> str:
    """`owner_id` for endpoints."""
    return owner_id(user)


Owner = Annotated[str, Depends(owner)]


def require_owner_routes(app: FastAPI) -> None:
    """Refuse an application that has a route with `{user_id}` which nobody guards.

    Raises:
        TypeError: names the route and the fix.
    """
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if "{user_id}" in path and not isinstance(route.original_route, OwnerRoute):
            raise TypeError(f"{path} is open to every user: use APIRouter(route_class=OwnerRoute)")
