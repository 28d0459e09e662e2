"""What tasks look like from outside."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from taskapi.owned.fields import Day, Line, Needle, Prose
from taskapi.owned.schemas import Dated, Identified, Input, Page, PageQuery, Patch


class TaskInput(Input):
    """A whole task, to create one (POST) or to put one under an id of your choice (PUT)."""

    title: Annotated[str, Line(200)]
    description: Annotated[str, Prose(5000)] | None = None
    completed: StrictBool = False
    due_date: Day | None = None


class TaskPatch(Patch, TaskInput):
    """The fields to change; a field left out stays as it is."""


class Task(Dated, TaskInput, Identified):
    """A task as its owner sees it."""


class TaskPage(Page[Task]):
    """One page of tasks."""


class Status(StrEnum):
    """Which tasks: all of them, those still open, or those done."""

    ALL = "all"
    OPEN = "open"
    DONE = "done"


class Sort(StrEnum):
    """Newest first, oldest first, or by due date with undated tasks last."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    DUE = "due_date"


class TaskQuery(PageQuery):
    """Which page of which tasks."""

    status: Status = Status.ALL
    q: Needle = Field(
        default="", description="Case-insensitive literal substring of title or description."
    )
    sort: Sort = Sort.NEWEST


class DeleteQuery(BaseModel):
    """Which tasks to delete; a mistyped name is refused, lest it delete them all."""

    model_config = ConfigDict(extra="forbid")

    status: Status = Status.ALL
