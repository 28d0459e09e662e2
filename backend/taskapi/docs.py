"""/openapi.json, and /docs: Swagger UI in one page that needs no other host or public path."""

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from taskapi.incoming import StrictRoute

router = APIRouter(route_class=StrictRoute, include_in_schema=False)

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
    return Response(to_json(request.app.openapi()), media_type="application/json")


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The page; compressed, because Swagger UI is 1.7 MB of script."""
    body, policy = page()
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type="text/html")


@cache
def page() -> tuple[bytes, str]:
    """The gzipped page and the policy that lets nothing else run in it."""
    resources = files("fastapi_swagger") / "resources"
    bundle = inline(resources.joinpath("swagger-ui-bundle.js").read_text("utf-8"))
    css = resources.joinpath("swagger-ui.css").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src {sha256(bundle)} {sha256(START)}; "
        "style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    html = PAGE.format(css=css, bundle=bundle, start=START)
    return gzip.compress(html.encode()), policy


def inline(script: str) -> str:
    """The same script without a text that would end or confuse a <script> element."""
    return re.sub(r"<(?=/?script|!--)", r"\\x3c", script, flags=re.IGNORECASE)


def sha256(script: str) -> str:
    """A script as a source of a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
