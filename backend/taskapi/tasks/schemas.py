"""What tasks look like from outside, and every rule about what comes in."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
)

MAX_TITLE = 200
MAX_DESCRIPTION = 5000
NO_NUL = r"^[^\u0000]*$"
VISIBLE = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DATE_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER_TEXT = re.compile(r"[0-9]{1,9}")


def storable(text: str) -> str:
    """The text itself; neither database can hold a NUL (lone surrogates are no JSON)."""
    if "\0" in text:
        raise ValueError("Must not contain NUL.")
    return text


def trimmed_title(title: str) -> str:
    """The title without surrounding white space, 1 to 200 characters (code points)."""
    title = title.strip()
    if not 1 <= len(title) <= MAX_TITLE:
        raise ValueError(f"Must be 1 to {MAX_TITLE} characters after trimming.")
    return title


def iso_date(value: object) -> str:
    """A calendar date, exactly `YYYY-MM-DD`."""
    if isinstance(value, str) and DATE_TEXT.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise ValueError("Must be a date such as 2026-12-31.")


def hyphenated_uuid(value: object) -> str:
    """A UUID in its usual form; urn:, braces and bare digits would be other names for it."""
    if isinstance(value, str) and UUID_TEXT.fullmatch(value):
        return value.lower()
    raise ValueError("Must be a UUID such as 6f1c1f0e-7d5c-4b53-9d0a-2f4b8d1c9a77.")


def whole_number(value: object) -> object:
    """Digits only: `int` would also take " 1", "1_0" and digits of other scripts."""
    if isinstance(value, str) and not NUMBER_TEXT.fullmatch(value):
        raise ValueError("Must be a whole number.")
    return value


Title = Annotated[
    str,
    AfterValidator(storable),
    AfterValidator(trimmed_title),
    Field(description="Trimmed; 1 to 200 characters remain.", examples=["Water the plants"]),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_TITLE, "pattern": VISIBLE}),
]
Description = Annotated[
    str,
    Field(
        max_length=MAX_DESCRIPTION,
        description="Kept exactly as sent.",
        json_schema_extra={"pattern": NO_NUL},
    ),
    AfterValidator(storable),
]
DueDate = Annotated[
    str,
    BeforeValidator(iso_date),
    WithJsonSchema({"type": "string", "format": "date"}),
    Field(description="A calendar date without time or zone.", examples=["2026-12-31"]),
]
TaskIdText = Annotated[
    str,
    BeforeValidator(hyphenated_uuid),
    WithJsonSchema({"type": "string", "format": "uuid", "description": "The task's UUID."}),
]


class Task(BaseModel):
    """A task as its owner sees it."""

    id: UUID
    title: str = Field(min_length=1, max_length=MAX_TITLE)
    description: str | None = Field(max_length=MAX_DESCRIPTION)
    completed: bool
    due_date: date | None
    created_at: datetime = Field(description="UTC, RFC 3339.")
    updated_at: datetime = Field(description="UTC, RFC 3339.")


class TaskPage(BaseModel):
    """One page of tasks."""

    items: list[Task]
    next_cursor: str | None = Field(description="Send it as `cursor`; null on the last page.")


class TaskInput(BaseModel):
    """A whole task, to create one (POST) or to put one under an id of your choice (PUT)."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Description | None = None
    completed: StrictBool = False
    due_date: DueDate | None = None


def left_out(schema: dict[str, Any]) -> None:
    """A field of a patch has no default: left out, it stays as it is."""
    schema.pop("default", None)


class TaskPatch(BaseModel):
    """The fields to change; a field left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Title = Field(default="", json_schema_extra=left_out)
    description: Description | None = Field(default=None, json_schema_extra=left_out)
    completed: StrictBool = Field(default=False, json_schema_extra=left_out)
    due_date: DueDate | None = Field(default=None, json_schema_extra=left_out)

    def changes(self) -> dict[str, Any]:
        """Only what was sent, by field name."""
        return self.model_dump(exclude_unset=True)


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


class TaskQuery(BaseModel):
    """Which page of which tasks."""

    status: Status = Status.ALL
    q: Annotated[str, AfterValidator(storable)] = Field(
        default="",
        description="Case-insensitive literal substring of title or description.",
        json_schema_extra={"pattern": NO_NUL},
    )
    sort: Sort = Sort.NEWEST
    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(whole_number)] = 20
    cursor: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        default=None,
        description="`next_cursor` of the page before; without it, the first page.",
        json_schema_extra=left_out,
    )


class DeleteQuery(BaseModel):
    """Which tasks to delete; a mistyped name is refused, lest it delete them all."""

    model_config = ConfigDict(extra="forbid")

    status: Status = Status.ALL
