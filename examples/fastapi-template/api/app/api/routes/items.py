from fastapi import APIRouter, HTTPException

from app.api.deps import CurrentUser, ItemsDep

router = APIRouter(prefix="/items", tags=["items"])


@router.get("/")
async def read_items(items: ItemsDep, current_user: CurrentUser) -> list[str]:
    return items.get(current_user.id, [])


@router.put("/{title}")
async def create_item(title: str, items: ItemsDep, current_user: CurrentUser) -> list[str]:
    if len(title) > 20:
        raise HTTPException(422, "Too long.")
    items.setdefault(current_user.id, []).append(title)
    return items[current_user.id]
