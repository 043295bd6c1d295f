"""The payments service with two echoes more, which answer 201 with what they heard: a route, and one before all routes."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.settings import Settings
from services.payments.app import create_app as payments

PATH = "/echo"
ROUTE = "/echo-route"


class _Echo:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _echo(request: Request) -> Response:
    return Response(await request.body(), 201, media_type="application/json")


def create_app(settings: Settings | None = None) -> FastAPI:
    app = payments(settings)
    app.router.routes.insert(0, Route(ROUTE, _echo, methods=["POST"]))
    app.door.app = _Echo(app.door.app)  # type: ignore[attr-defined]
    return app
