"""No body above the limit is read, whether or not its length was announced."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from chassis.body_limit import BodyLimitMiddleware
from chassis.errors import TooLarge
from tests.chassis import probe
from tests.chassis.probe import left_behind
from tests.conftest import MakeSettings
from tests.serving import Served, start

LIMIT = 1_000
HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "k"}


@pytest.fixture
async def served(things: None, make_settings: MakeSettings) -> AsyncIterator[Served]:
    served = await start(await make_settings("p2p", body_limit=LIMIT), probe.application())
    yield served
    await served.stop()


def _body(size: int) -> bytes:
    return b'{"name": "' + b"a" * (size - 12) + b'"}'


async def _in_chunks(body: bytes) -> AsyncIterator[bytes]:
    for place in range(0, len(body), 100):
        yield body[place : place + 100]


def _said(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert "x-request-id" in answer.headers
    return answer.status_code, answer.json()["code"]


async def test_a_body_is_taken_up_to_the_limit(served: Served) -> None:
    client = served.client()
    assert (await client.post("/v1/things", content=_body(LIMIT), headers=HEADERS)).status_code == 201
    chunked = await client.post("/v1/things", content=_in_chunks(_body(LIMIT)), headers=HEADERS)
    assert chunked.headers["idempotency-replayed"] == "true", "the same body, however it came"


async def test_a_larger_body_is_refused_however_it_comes(served: Served) -> None:
    client = served.client()
    announced = await client.post("/v1/things", content=_body(LIMIT + 1), headers=HEADERS)
    assert _said(announced) == (413, "body_too_large")
    chunked = await client.post("/v1/things", content=_in_chunks(_body(LIMIT + 1)), headers=HEADERS)
    assert _said(chunked) == (413, "body_too_large")
    assert (await left_behind(served.runtime))["keys"] == 0
    assert (await client.get("/v1/things")).status_code == 200, "the service goes on"


async def test_an_endless_body_is_given_up_after_the_limit() -> None:
    read, sent = 0, list[Any]()

    async def endless() -> Message:
        nonlocal read
        read += 100
        return {"type": "http.request", "body": b"a" * 100, "more_body": True}

    async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    limited = BodyLimitMiddleware(read_all, LIMIT)
    with pytest.raises(TooLarge, match="at most 1000 bytes"):
        await limited({"type": "http", "method": "POST", "headers": []}, endless, sent.append)  # type: ignore[arg-type]
    assert (read, sent) == (LIMIT + 100, [])
