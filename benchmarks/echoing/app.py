"""The payments service with one more route, which answers 201 with what it heard: what its web server can do at most."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.settings import Settings
from services.payments.app import create_app as payments

PATH = "/echo"


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


def create_app(settings: Settings | None = None) -> FastAPI:
    app = payments(settings)
    app.door.app = _Echo(app.door.app)  # type: ignore[attr-defined]
    return app
