"""The one error shape of this house, as it was before."""

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gatepass import TokenError, www_authenticate


def shaped(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"status": status, "message": message}}, status, headers)


async def on_http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return shaped(error.status_code, error.detail, dict(error.headers or {}))


def on_refusal(_scope: object, error: TokenError) -> JSONResponse:
    return shaped(401, "Please sign in.", {"WWW-Authenticate": www_authenticate(error)})
