"""An answer as a behaviour gives it: at once, late, never, or as a failure."""

import asyncio
import time

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from sandbox.bank.behaviours import Behaviour

LONGEST_SILENCE_SECONDS = 30.0


async def answered(request: Request, behaviour: Behaviour, answer: Response | None) -> Response:
    """What the bank did is committed already. None: it never heard of what was asked."""
    if behaviour.answering == "never" or answer is None:
        return await _silence(request)
    if behaviour.answering == "failure":
        return JSONResponse({"title": "internal error", "status": 500}, 500)
    if behaviour.answering == "after delay":
        await asyncio.sleep(behaviour.delay_seconds)
    return answer


async def _silence(request: Request) -> Response:
    """Say nothing until the caller gives up (or so long that every caller has)."""
    until = time.monotonic() + LONGEST_SILENCE_SECONDS
    while time.monotonic() < until and not await request.is_disconnected():  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return JSONResponse({"title": "gateway timeout", "status": 504}, 504)
