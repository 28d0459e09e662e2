"""Who may reach what: a path that names a user belongs to that user alone.

The gate (`gatepass` middleware) has already decided who is asking. `OwnerRoute` compares that
user with the path before the body is read, the query is looked at or the database is asked, so
nothing about another user's path can be learnt from the answer. It is the route class, not a
dependency, so a route cannot forget it; `require_owner_routes` refuses an application in which a
route is neither of this class nor on a list.
"""

import re
from collections.abc import Collection
from typing import Annotated, NamedTuple

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from gatepass import User
from gatepass.fastapi import CurrentUser
from taskapi.errors import Forbidden, ValidationFailed
from taskapi.strict_requests import StrictRoute

OWNED_PATH = re.compile(r"/api/users/\{user_id\}(/.*)?")
SIGNED_IN_PATHS = frozenset({"/api/me"})  # for whoever is signed in: nothing of anybody else's
MAX_OWNER_BYTES = 2048  # PostgreSQL indexes at most 2704 bytes of a row


class OpenToEveryUser(TypeError):  # noqa: N818 - a mistake in the wiring
    """`str()` is one line that names a route and the fix."""


class OwnerRoute(StrictRoute):
    """A route that answers 403 unless its path's `user_id` is the pass's `sub`."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path_params"].get("user_id") != scope["gatepass.user"].id:
            raise Forbidden
        await super().handle(scope, receive, send)


class Owner(NamedTuple):
    """Who asks, as every statement wants to know it; only the pass's word makes one.

    `issued_at` is the second in which the pass was issued.
    """

    id: str
    issued_at: int

    @property
    def parameters(self) -> dict[str, str | int]:
        """For a statement that writes."""
        return {"owner": self.id, "issued": self.issued_at}


def owner_of(user: User) -> Owner:
    """The owner behind a pass.

    Raises:
        ValidationFailed: an id longer than an index can hold.
    """
    if len(user.id.encode()) > MAX_OWNER_BYTES:
        raise ValidationFailed(
            {"field": "user_id", "message": f"Must be at most {MAX_OWNER_BYTES} bytes."}
        )
    return Owner(user.id, int(user.issued_at))


async def current_owner(user: CurrentUser) -> Owner:
    """`owner_of` for endpoints; FastAPI would run a plain function in a thread."""
    return owner_of(user)


CurrentOwner = Annotated[Owner, Depends(current_owner)]
OwnerRoute.resolvers = {
    current_owner: lambda request: owner_of(request.scope["gatepass.user"]),
}


def require_owner_routes(app: FastAPI, public_paths: Collection[str]) -> None:
    """Refuse an application with a route that is neither an owner's nor on a list.

    Whatever it is (a mounted application, a WebSocket, an included router, a path that spells
    `{user_id}` otherwise), it would be open to every user, or its path could not be compared.

    Raises:
        OpenToEveryUser: at the first such route, or for dependencies that no route would run.
    """
    if app.router.dependencies:
        raise OpenToEveryUser(
            "FastAPI(dependencies=...) is not run for the routes of create_app: give them to the "
            "APIRouter instead"
        )
    for route in (*app.routes, *app.router._low_priority_routes):  # what `frontend` adds
        path = getattr(route, "path", type(route).__name__)
        if isinstance(route, OwnerRoute) and OWNED_PATH.fullmatch(path):
            continue
        if isinstance(route, APIRoute) and path in {*public_paths, *SIGNED_IN_PATHS}:
            continue
        raise OpenToEveryUser(
            f"{path} ({type(route).__name__}) is open to every user: declare it below "
            "/api/users/{user_id} in an APIRouter(route_class=OwnerRoute) and list that router "
            "in create_app"
        )
