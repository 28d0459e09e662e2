from fastapi import APIRouter

from app.api.deps import CurrentUser

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me")
async def read_user_me(current_user: CurrentUser) -> dict[str, str]:
    return {"id": current_user.id, "email": current_user.email}
