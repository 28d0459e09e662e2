"""What comes in, what is shown and how it is paged, apart from a noun's own fields."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from taskapi.owned.cursor import CURSOR_PATTERN, MAX_CURSOR
from taskapi.owned.fields import whole_number

Shown = TypeVar("Shown", bound=BaseModel)


class Input(BaseModel):
    """The fields of a noun, as they are sent to create one (POST) or to put one (PUT)."""

    model_config = ConfigDict(extra="forbid")


def left_out(schema: dict[str, Any]) -> None:
    """What may be left out has no default."""
    schema.pop("default", None)


class Patch(Input):
    """`class TaskPatch(Patch, TaskInput)` takes any of those fields; others stay as they are."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_options: object) -> None:
        for field in cls.model_fields.values():
            field.default = None
            field.json_schema_extra = left_out
        cls.model_rebuild(force=True)

    def changes(self) -> dict[str, Any]:
        """Only what was sent, by field name."""
        return self.model_dump(exclude_unset=True)


def always_there(schema: dict[str, Any]) -> None:
    """What is shown has every field."""
    for field in schema["properties"].values():
        left_out(field)
    schema["required"] = [*schema["properties"]]
    schema.pop("additionalProperties", None)


class Identified(BaseModel):
    """First of what every noun shows."""

    id: UUID


class Dated(BaseModel):
    """Last of it: `class Task(Dated, TaskInput, Identified)` is a task as its owner sees it."""

    model_config = ConfigDict(extra="ignore", json_schema_extra=always_there)

    created_at: datetime = Field(description="UTC, RFC 3339.")
    updated_at: datetime = Field(description="UTC, RFC 3339.")


class Page(BaseModel, Generic[Shown]):
    """One page of a list."""

    items: list[Shown]
    next_cursor: str | None = Field(description="Send it as `cursor`; null on the last page.")


class PageQuery(BaseModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(whole_number)] = 20
    cursor: Annotated[
        str | None,
        WithJsonSchema(
            {"type": "string", "minLength": 1, "maxLength": MAX_CURSOR, "pattern": CURSOR_PATTERN}
        ),
    ] = Field(
        default=None,
        description="`next_cursor` of the page before; without it, the first page.",
        json_schema_extra=left_out,
    )
