"""A neighbour over real HTTP that answers as a test scripts it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.serving import running

Answerer = Callable[[Request], Response]


@dataclass
class Neighbour:
    """answers: what the next requests get, the last again and again; seen: the requests so far."""

    url: str = ""
    answers: list[Response | float] = field(default_factory=list)
    answerer: Answerer | None = None
    seen: list[Request] = field(default_factory=list)

    async def handle(self, request: Request) -> Response:
        await request.body()
        self.seen.append(request)
        if self.answerer is not None:
            return self.answerer(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return JSONResponse({})
        return answer


@asynccontextmanager
async def neighbour() -> AsyncIterator[Neighbour]:
    scripted = Neighbour()
    app = Starlette(routes=[Route("/{path:path}", scripted.handle, methods=["GET", "POST"])])
    async with running(app) as (_, port):
        scripted.url = f"http://127.0.0.1:{port}"
        yield scripted
