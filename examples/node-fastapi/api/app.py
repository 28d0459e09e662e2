"""Notes of each user, in memory."""

from collections import defaultdict

from fastapi import FastAPI

from gatepass import protect
from gatepass.fastapi import CurrentUser

app = FastAPI()
protect(app, public=["/health"], cors_origins=["http://localhost:3000"])
notes: dict[str, list[str]] = defaultdict(list)


@app.get("/health")
async def health() -> str:
    return "ok"


@app.get("/notes")
async def read(user: CurrentUser) -> list[str]:
    return notes[user.id]


@app.post("/notes", status_code=201)
async def add(text: str, user: CurrentUser) -> list[str]:
    notes[user.id].append(text)
    return notes[user.id]
