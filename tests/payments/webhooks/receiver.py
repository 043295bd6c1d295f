"""A merchant's own server, over real HTTP on the loopback interface, that answers as a test scripts it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.serving import running

PATIENCE_SECONDS = 60


@dataclass
class Heard:
    path: str
    headers: dict[str, str]
    body: str

    def verified(self, secret: str) -> Any:
        """The event inside, as the specification's own library lets it through; raises if it does not."""
        return Webhook(secret).verify(self.body, self.headers)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """statuses: of the next answers, the last again and again; held: nobody is answered until it is let go."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    said: str = "thank you"
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most_at_once: int = 0

    async def handle(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.heard.append(Heard(request.url.path, dict(request.headers), body))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await self.go_on.wait()
        finally:
            self.under_way -= 1
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Response(self.said, status, self.headers)

    async def until(self, messages: int) -> list[Heard]:
        """Wait until so many came."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.heard) < messages:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return self.heard


@asynccontextmanager
async def receiver(*, held: bool = False) -> AsyncIterator[Receiver]:
    here = Receiver()
    if not held:
        here.go_on.set()
    app = Starlette(routes=[Route("/{path:path}", here.handle, methods=["POST", "GET"])])
    async with running(app) as (_, port):
        here.url = f"http://127.0.0.1:{port}"
        try:
            yield here
        finally:
            here.go_on.set()
