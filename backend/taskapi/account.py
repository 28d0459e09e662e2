"""The end of an account: what the issuer calls when somebody deletes theirs."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from taskapi.database import database
from taskapi.openapi import by_name, errors
from taskapi.owned.account_deletion import delete_account
from taskapi.owned.collection import UserId, account_deleted
from taskapi.ownership import CurrentOwner, OwnerRoute

router = APIRouter(
    prefix="/api/users/{user_id}",
    tags=["account"],
    route_class=OwnerRoute,
    generate_unique_id_function=by_name,
    responses=errors(401, 403, 413, 422, 429, 500, 503),
)


@router.delete("", summary="Delete all that you have", status_code=204)
async def delete_user(user_id: UserId, owner: CurrentOwner, request: Request) -> Response:
    """Deletes what you have, of every kind, for good. From then on a write with a pass that was
    issued up to this second answers 401; a later pass works."""
    if not await database(request).transaction(delete_account, owner):
        raise account_deleted()
    return Response(status_code=204)
