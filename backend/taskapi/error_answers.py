"""The one shape of errors, and the only place that renders it.

Besides the API's own errors that is Starlette's HTTPException (404, 405), FastAPI's
RequestValidationError (422), and any other exception as a 500 that says nothing but its
request id. `ErrorGuard` stands around the whole stack, so an error looks the same wherever it was
raised.
"""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepass import TokenError
from taskapi.errors import (
    ERROR_TYPES,
    SENTENCES,
    ApiError,
    FieldError,
    Stopping,
    Unauthorized,
    ValidationFailed,
)

log = structlog.get_logger("taskapi.errors")

MAX_FIELD_ERRORS = 20


def render(scope: Scope, error: Exception) -> Response:
    """Turn any exception into the answer that the client gets, and log what is ours to fix."""
    if isinstance(error, RequestValidationError):
        error = ValidationFailed(*(field_error(item) for item in error.errors()))
    if not isinstance(error, HTTPException):
        log.error("unhandled_exception", exc_info=error)
        error = ApiError()
    status = error.status_code
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(allowed_methods(scope)))
    body: dict[str, Any] = {
        "detail": error.detail if isinstance(error, ApiError) else sentence(status),
        "status_code": status,
        "error_type": ERROR_TYPES.get(status, ERROR_TYPES[500 if status >= 500 else 400]),
        "request_id": scope.get("request_id", ""),
    }
    if isinstance(error, ValidationFailed):
        body["errors"] = error.errors[:MAX_FIELD_ERRORS]
    return Response(to_json(body), status, headers, media_type="application/json")


def sentence(status: int) -> str:
    """What to tell a person about a status that a framework raised."""
    return SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])


REFUSALS: dict[type[TokenError], Response] = {}  # each made once, without a request id


def refuse_token(scope: Scope, error: TokenError) -> ASGIApp:
    """`on_error` of the gate: the reason code goes to the log, never to the caller.

    Strangers cause it at will, so it costs little: the request id, which ends the body, is new.
    """
    scope["answer"].reason = error.reason
    made = REFUSALS.get(type(error)) or render({}, Unauthorized(error))
    REFUSALS[type(error)] = made
    body = bytes(made.body).removesuffix(b'"}') + f'{scope["request_id"]}"}}'.encode()
    headers = [(b"content-length", b"%d" % len(body))]
    headers += [header for header in made.raw_headers if header[0] != b"content-length"]

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def allowed_methods(scope: Scope) -> set[str]:
    """Every method that some route offers at this path (RFC 9110, section 15.5.6).

    The router stops at the first route whose path matches, so its own `Allow` is incomplete
    wherever one path has several routes.
    """
    methods: set[str] = set()
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    if "GET" in methods:
        methods.add("HEAD")
    return methods


def field_error(item: Mapping[str, Any]) -> FieldError:
    """One pydantic error as `{"field", "message"}`: the innermost name, a plain sentence."""
    where: Sequence[Any] = [part for part in item["loc"] if isinstance(part, str)]
    field = where[-1] if where else "body"
    context: Mapping[str, Any] = item.get("ctx", {})
    match item["type"]:
        case "missing":
            message = "This field is required."
        case "extra_forbidden":
            message = "This field is not known."
        case "bool_type" | "bool_parsing":
            message = "Must be true or false."
        case "string_type":
            message = "Must be a string."
        case "string_too_long":
            message = f"Must be at most {context['max_length']} characters."
        case "literal_error" | "enum":
            message = f"Must be one of {context['expected']}."
        case "greater_than_equal":
            message = f"Must be at least {context['ge']}."
        case "less_than_equal":
            message = f"Must be at most {context['le']}."
        case "model_attributes_type" | "model_type" | "dict_type":
            message = "Must be a JSON object."
        case "value_error":
            message = str(context["error"])
        case _:
            message = f"{item['msg']}."
    return {"field": field[:100], "message": message}


class ErrorGuard:
    """Turn an exception from anywhere inside into the shaped 500 (or whatever it is).

    Stands inside CORS, so that a browser sees the error and not a CORS failure, and around the
    gate and the body limit, whose exceptions never reach the router's handlers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if "refused" in scope:  # by the protocol: too long, or too slow
                raise scope["refused"]
            await self.app(scope, receive, send)
        except (Exception, asyncio.CancelledError) as error:
            if scope["type"] != "http" or scope["answer"].status:  # it has begun
                raise
            if isinstance(error, asyncio.CancelledError):  # by the server, which stops
                error = Stopping()
            await render(scope, error)(scope, receive, send)
