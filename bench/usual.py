"""The usual way, as tutorials and templates show it: what the task API is compared with.

`Depends` with PyJWT, an AsyncSession (asyncpg, aiosqlite) from a yield dependency, ORM entities,
`response_model`. Its table has an index for the list, and nothing is done badly on purpose.
"""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, Index, String, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class TaskRow(Base):
    __tablename__ = "usual_tasks"
    __table_args__ = (Index("ix_usual", "owner_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner_id: Mapped[str] = mapped_column(String)
    title: Mapped[str]
    description: Mapped[str | None]
    completed: Mapped[bool] = mapped_column(default=False)
    due_date: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class TaskIn(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=5000)
    completed: bool = False
    due_date: date | None = None


class TaskOut(TaskIn):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    items: list[TaskOut]
    next_cursor: str | None


URL = os.environ.get("DATABASE_URL", "")
engine = create_async_engine(
    URL.replace("postgresql://", "postgresql+asyncpg://")
    if "://" in URL
    else f"sqlite+aiosqlite:///{URL}"
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
bearer = HTTPBearer()
app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


async def current_user(
    user_id: str, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> str:
    try:
        claims = jwt.decode(credentials.credentials, os.environ["BETTER_AUTH_SECRET"], ["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    if claims["sub"] != user_id:
        raise HTTPException(403)
    return user_id


Db = Annotated[AsyncSession, Depends(session)]
Owner = Annotated[str, Depends(current_user)]
TASKS = "/api/users/{user_id}/tasks"


async def owned(db: AsyncSession, owner: str, task_id: UUID) -> TaskRow:
    found = await db.scalar(select(TaskRow).where(TaskRow.owner_id == owner, TaskRow.id == task_id))
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/health")
async def health() -> None:
    return None


@app.get(TASKS, response_model=Page)
async def list_tasks(owner: Owner, db: Db, limit: int = 20) -> object:
    statement = (
        select(TaskRow)
        .where(TaskRow.owner_id == owner)
        .order_by(TaskRow.created_at.desc(), TaskRow.id.desc())
        .limit(limit)
    )
    return {"items": (await db.scalars(statement)).all(), "next_cursor": None}


@app.get(TASKS + "/{task_id}", response_model=TaskOut)
async def read_task(owner: Owner, db: Db, task_id: UUID) -> object:
    return await owned(db, owner, task_id)


@app.post(TASKS, response_model=TaskOut, status_code=201)
async def add_task(owner: Owner, db: Db, task: TaskIn) -> object:
    now = datetime.now(UTC)
    row = TaskRow(owner_id=owner, created_at=now, updated_at=now, **task.model_dump())
    db.add(row)
    await db.commit()
    return row


@app.put(TASKS + "/{task_id}", response_model=TaskOut)
async def put_task(owner: Owner, db: Db, task_id: UUID, task: TaskIn) -> object:
    row = await db.get(TaskRow, task_id)
    if row is None:
        row = TaskRow(id=task_id, owner_id=owner, created_at=datetime.now(UTC))
        db.add(row)
    for name, value in task.model_dump().items():
        setattr(row, name, value)
    row.updated_at = datetime.now(UTC)
    await db.commit()
    return row


@app.patch(TASKS + "/{task_id}", response_model=TaskOut)
async def change_task(owner: Owner, db: Db, task_id: UUID, changes: dict[str, str]) -> object:
    row = await owned(db, owner, task_id)
    row.title = changes["title"]
    row.updated_at = datetime.now(UTC)
    await db.commit()
    return row


@app.delete(TASKS + "/{task_id}", status_code=204)
async def delete_task(owner: Owner, db: Db, task_id: UUID) -> None:
    await db.delete(await owned(db, owner, task_id))
    await db.commit()
