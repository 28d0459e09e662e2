"""A site whose pages are open and whose API below /api is not; /api/quote greets who is there."""

from fastapi import APIRouter, FastAPI

from gatepass import protect, under
from gatepass.fastapi import CurrentUser, OptionalUser

app = FastAPI()
protect(app, only=[under("/api")], public=["/api/quote"])
api = APIRouter(prefix="/api")


@app.get("/")
async def index() -> str:
    return "an open page"


@api.get("/quote")
async def quote(user: OptionalUser) -> dict[str, str | None]:
    return {"quote": "Less is more.", "for": None if user is None else user.email}


@api.get("/me")
async def me(user: CurrentUser) -> dict[str, str]:
    return {"id": user.id, "email": user.email}


app.include_router(api)
