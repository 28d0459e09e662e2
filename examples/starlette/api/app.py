"""Starlette alone."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gatepass import protect


async def health(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def me(request: Request) -> JSONResponse:
    user = request.scope["gatepass.user"]
    return JSONResponse({"id": user.id, "email": user.email})


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{socket.scope['gatepass.user'].id}: {text}")


app = Starlette(routes=[Route("/health", health), Route("/me", me), WebSocketRoute("/echo", echo)])
protect(app, public=["/health"], cors_origins=["http://localhost:3000"])
