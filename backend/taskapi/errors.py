# ruff: noqa: N818 - a family with ApiError as its surname
"""The one error shape, and the only place that renders it.

    ApiError                 starlette's HTTPException with an `error_type`
    ├── PreflightRefused     400
    ├── Unauthorized         401, with WWW-Authenticate
    ├── Forbidden            403
    ├── NotFound             404
    ├── RequestTimeout       408
    ├── Conflict             409
    ├── PayloadTooLarge      413
    ├── UriTooLong           414
    ├── ValidationFailed     422, with `errors`
    ├── TooManyRequests      429, with Retry-After
    ├── HeadersTooLarge      431
    └── Unavailable          503, with Retry-After
        ├── DatabaseAway
        ├── Stopping
        └── ServerBusy

Everything else is rendered too: Starlette's own HTTPException (404, 405), FastAPI's
RequestValidationError (422), and any other exception as a 500 that says nothing but its
request id. `ErrorGuard` stands around the whole stack, so an error looks the same wherever it was
raised.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypedDict

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepass import MissingToken, TokenError, www_authenticate

log = structlog.get_logger("taskapi.errors")

MAX_FIELD_ERRORS = 20

ERROR_TYPES = {
    400: "bad_request_error",
    401: "authentication_error",
    403: "authorization_error",
    404: "not_found_error",
    405: "method_not_allowed_error",
    408: "request_timeout_error",
    409: "conflict_error",
    413: "payload_too_large_error",
    414: "uri_too_long_error",
    422: "validation_error",
    429: "too_many_requests_error",
    431: "headers_too_large_error",
    500: "internal_error",
    503: "service_unavailable_error",
}

SENTENCES = {
    400: "The request could not be understood.",
    403: "You can only reach your own data.",
    404: "There is nothing at this address.",
    405: "This address does not support that method.",
    408: "The request took too long to arrive.",
    409: "The request conflicts with the current state.",
    413: "The request body is larger than 64 KB.",
    414: "The address is longer than 16 KB.",
    422: "Some of the input is not valid.",
    429: "You have sent too many requests. Please try again in a moment.",
    431: "The request headers are larger than 16 KB.",
    500: "Something went wrong on our side. It has been logged.",
    503: "The database is not available right now. Please try again in a moment.",
}


class FieldError(TypedDict):
    """One thing wrong with the input: the field's name, and a sentence about it."""

    field: str
    message: str


class ApiError(HTTPException):
    """An error that this API raises on purpose. Subclasses fix `status`."""

    status = 500

    def __init__(
        self, detail: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self.status, detail or SENTENCES[self.status], headers)


class PreflightRefused(ApiError):
    """A browser asks for an origin, method or header that CORS does not allow."""

    status = 400

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__("This cross-origin request is not allowed.", headers=headers)


class Unauthorized(ApiError):
    """No token, or one that the verifier refused. `reason` goes to the log only."""

    status = 401

    def __init__(self, error: TokenError) -> None:
        detail = (
            "Unauthorized - Missing bearer token"
            if isinstance(error, MissingToken)
            else "Unauthorized - Invalid or expired token"
        )
        super().__init__(detail, headers={"WWW-Authenticate": www_authenticate(error)})


class Forbidden(ApiError):
    """The path names another user, who may or may not exist."""

    status = 403


class NotFound(ApiError):
    """No such route, or no such task among the caller's own."""

    status = 404


class Conflict(ApiError):
    """The owner has all that one owner may have."""

    status = 409


class PayloadTooLarge(ApiError):
    """The body went over `incoming.MAX_BODY_BYTES`."""

    status = 413


class RequestTimeout(ApiError):
    """The rest of a request did not come in time."""

    status = 408

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class UriTooLong(ApiError):
    """The request line went over `protocol.MAX_REQUEST_LINE`."""

    status = 414


class HeadersTooLarge(ApiError):
    """The headers went over `protocol.MAX_HEADERS`, or are too many."""

    status = 431


class ValidationFailed(ApiError):
    """The input is understood and refused. `errors` has at least one entry."""

    status = 422

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


class TooManyRequests(ApiError):
    """The user has used up `API_RATE_LIMIT`. `seconds` until there is room again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


class Unavailable(ApiError):
    """Not now; the same request may be sent again after `Retry-After` seconds."""

    status = 503

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class DatabaseAway(Unavailable):
    """The database does not answer, is locked, full, broken or not migrated."""


class Stopping(Unavailable):
    """This process is about to end: whoever balances sends requests elsewhere."""

    def __init__(self) -> None:
        super().__init__("This server is about to stop. Please use another.")


class ServerBusy(Unavailable):
    """Every connection that this process may have serves a request."""

    def __init__(self) -> None:
        super().__init__("The server is busy. Please try again in a moment.")


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
        except Exception as error:
            if scope["type"] != "http" or scope["answer"].status:  # it has begun
                raise
            await render(scope, error)(scope, receive, send)
