"""An API for a page of another origin; only editors may publish."""

from typing import Annotated, NotRequired, TypedDict

from fastapi import FastAPI

from gatepass import User, protect, verifier_from_env
from gatepass.fastapi import CurrentUser, require


class Claims(TypedDict):
    roles: NotRequired[list[str]]


def is_editor(user: User[Claims]) -> bool:
    return "editor" in user.claims["roles"]


Editor = Annotated[User[Claims], require(is_editor, reason="needs the role editor")]
ORIGINS = ["http://localhost:5173"]

app = FastAPI()
protect(app, cors_origins=ORIGINS, verifier=verifier_from_env(claims=Claims))
articles = ["The first one"]


@app.get("/articles")
async def read(user: CurrentUser) -> dict[str, object]:
    return {"reader": user.email, "articles": articles}


@app.put("/articles/{title}")
async def publish(title: str, editor: Editor) -> dict[str, object]:
    articles.append(title)
    return {"editor": editor.email, "articles": articles}
