"""No body larger than the limit is read into memory, whether or not its length was announced."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import TooLarge
from chassis.problems import respond


class _TooLargeWhileRead(TooLarge, HTTPException):
    """The framework turns whatever fails while it reads a body into a 400, but for its own exception."""

    def __init__(self, limit: int) -> None:
        HTTPException.__init__(self, TooLarge.status)
        TooLarge.__init__(self, f"at most {limit} bytes")


class BodyLimitMiddleware:
    """limit: bytes. Answers 413 `body_too_large` as soon as the limit is known to be passed."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), None)
        if announced is not None:
            if not announced.isdigit() or int(announced) > self._limit:
                await respond(TooLarge(f"at most {self._limit} bytes"))(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise _TooLargeWhileRead(self._limit)
            return message

        return counted
