"""Fields that both databases can hold, and what the API's document says of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from annotated_types import GroupedMetadata
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

MAX_NEEDLE = 200  # characters of a search
NO_NUL = r"^[^\u0000]*$"
# Something besides NUL and what `str.strip` removes.
SPACES = r"\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
VISIBLE = rf"^[^\u0000]*[^\u0000{SPACES}][^\u0000]*$"
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DATE_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER_TEXT = re.compile(r"[0-9]{1,9}")


def storable(text: str) -> str:
    """The text itself; neither database can hold a NUL (lone surrogates are no JSON)."""
    if "\0" in text:
        raise ValueError("Must not contain NUL.")
    return text


@dataclass(frozen=True)
class Line(GroupedMetadata):
    """Text of one line: `Annotated[str, Line(200)]` is trimmed, and 1 to 200 code points remain."""

    most: int

    def trimmed(self, text: str) -> str:
        text = text.strip()
        if not 1 <= len(text) <= self.most:
            raise ValueError(f"Must be 1 to {self.most} characters after trimming.")
        return text

    def __iter__(self) -> Iterator[object]:
        yield AfterValidator(storable)
        yield AfterValidator(self.trimmed)
        yield WithJsonSchema(
            {
                "type": "string",
                "minLength": 1,
                "maxLength": self.most,
                "pattern": VISIBLE,
                "description": f"Trimmed; 1 to {self.most} characters remain.",
            }
        )


@dataclass(frozen=True)
class Prose(GroupedMetadata):
    """Text kept exactly as sent: `Annotated[str, Prose(5000)]` has up to 5000 code points."""

    most: int

    def __iter__(self) -> Iterator[object]:
        yield Field(
            max_length=self.most,
            description="Kept exactly as sent.",
            json_schema_extra={"pattern": NO_NUL},
        )
        yield AfterValidator(storable)


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


Day = Annotated[
    str,
    BeforeValidator(iso_date),
    WithJsonSchema({"type": "string", "format": "date"}),
    Field(description="A calendar date without time or zone.", examples=["2026-12-31"]),
]
RowId = Annotated[
    str,
    BeforeValidator(hyphenated_uuid),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
Needle = Annotated[
    str,
    AfterValidator(storable),
    Field(max_length=MAX_NEEDLE, json_schema_extra={"pattern": NO_NUL}),
]
