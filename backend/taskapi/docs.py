"""/openapi.json, and /docs: Swagger UI in one page that needs no other host or public path."""

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, FastAPI
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from taskapi.strict_requests import StrictRoute

router = APIRouter(route_class=StrictRoute, include_in_schema=False)

GZIP = re.compile(r"(^|[\s,])(gzip|\*)\s*(,|$|;\s*q=(?!0(\.0*)?\s*(,|$)))", re.IGNORECASE)

START = """
SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  layout: "BaseLayout", presets: [SwaggerUIBundle.presets.apis]});
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatepass task API</title>
<link rel="icon" href="data:,">
<style>{css}</style>
</head>
<body>
<div id="swagger-ui"></div>
<script>{bundle}</script>
<script>{start}</script>
</body>
</html>
"""


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """What FastAPI found out about the routes."""
    return document(request, openapi_json(request.app), {}, "application/json")


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The page; compressed, because Swagger UI is 1.7 MB of script."""
    content, policy = page()
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    return document(request, content, headers, "text/html")


class Packed(NamedTuple):
    """A document, and the same compressed."""

    plain: bytes
    gzipped: bytes


def document(
    request: Request, content: Packed, headers: dict[str, str], media_type: str
) -> Response:
    """The document as the caller takes it (RFC 9110, section 12.5.3); nothing is made anew."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if GZIP.search(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        return Response(content.gzipped, headers=headers, media_type=media_type)
    return Response(content.plain, headers=headers, media_type=media_type)


@cache
def openapi_json(app: FastAPI) -> Packed:
    plain = to_json(app.openapi())
    return Packed(plain, gzip.compress(plain))


@cache
def page() -> tuple[Packed, str]:
    """The page and the policy that lets nothing else run in it."""
    resources = files("fastapi_swagger") / "resources"
    bundle = inline(resources.joinpath("swagger-ui-bundle.js").read_text("utf-8"))
    css = resources.joinpath("swagger-ui.css").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src {sha256(bundle)} {sha256(START)}; "
        "style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    html = PAGE.format(css=css, bundle=bundle, start=START).encode()
    return Packed(html, gzip.compress(html)), policy


def inline(script: str) -> str:
    """The same script without a text that would end or confuse a <script> element."""
    return re.sub(r"<(?=/?script|!--)", r"\\x3c", script, flags=re.IGNORECASE)


def sha256(script: str) -> str:
    """A script as a source of a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
