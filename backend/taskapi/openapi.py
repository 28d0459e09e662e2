"""What /openapi.json says beyond what FastAPI finds out by itself."""

from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from taskapi.errors import ERROR_TYPES, SENTENCES
from taskapi.ownership import MAX_OWNER_BYTES

DESCRIPTION = """\
A person's tasks, and nobody else's. Every route under `/api` needs the pass that the frontend
issues: `Authorization: Bearer <token>`. Every error has the shape `Error`.
"""

USER_ID = f"Your own user id: the token's `sub`, at most {MAX_OWNER_BYTES} bytes of UTF-8."
USER_ID_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_OWNER_BYTES}
UNAUTHORIZED = "No token, or one that is expired or invalid."


class Error(BaseModel):
    """Every error, whatever raised it."""

    detail: str = Field(description="A sentence for a person.")
    status_code: int
    error_type: str = Field(examples=sorted(ERROR_TYPES.values()))
    request_id: str = Field(description="The answer's X-Request-ID; support will ask for it.")


class FieldProblem(BaseModel):
    """One thing wrong with the input."""

    field: str
    message: str


class ValidationError(Error):
    """An error that also names the fields."""

    errors: list[FieldProblem]


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for these error statuses."""
    return {
        status: {
            "model": ValidationError if status == 422 else Error,
            "description": SENTENCES.get(status, UNAUTHORIZED),
            "headers": {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in HEADERS.get(status, {}).items()
            },
        }
        for status in statuses
    }


HEADERS = {
    401: {"WWW-Authenticate": "RFC 6750, section 3."},
    429: {"Retry-After": "Seconds."},
    503: {"Retry-After": "Seconds."},
}


def by_name(route: APIRoute) -> str:
    """Name an operation by its function, so that generated clients read well."""
    return route.name
