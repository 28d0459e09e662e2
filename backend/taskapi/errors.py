# ruff: noqa: N818 - a family with ApiError as its surname
"""Every error that this API raises on purpose; `error_answers.py` makes answers of them.

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
"""

from collections.abc import Mapping
from typing import TypedDict

from starlette.exceptions import HTTPException

from gatepass import MissingToken, TokenError, www_authenticate

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
    """The body went over `strict_requests.MAX_BODY_BYTES`."""

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
