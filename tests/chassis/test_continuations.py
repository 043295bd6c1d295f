"""Stories of two halves: the first is committed with a job, the second is done at once under a deadline, else by the queue."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from chassis.commands import Continuation
from chassis.database import Tx
from chassis.identity import Caller
from chassis.runtime import Runtime
from tests.chassis import probe
from tests.chassis.conftest import ServeProbe
from tests.chassis.probe import Thing, insert

KEY = {"Idempotency-Key": "one"}


async def begin(tx: Tx, caller: Caller, *, name: str) -> Thing:
    return await insert(tx, name, "pending", job_in_seconds=0)


async def finish(runtime: Runtime, payload: dict[str, Any]) -> None:
    async with runtime.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE things SET state = 'done' WHERE id = :id"), {"id": UUID(payload["id"])}
        )


def _continuation(deadline_seconds: float = 5) -> Continuation[Thing]:
    return Continuation("test.finish", probe.load, lambda thing: thing.state == "pending", deadline_seconds)


async def _ask(client: httpx.AsyncClient) -> tuple[int, str]:
    given = await client.post("/v1/things", json={"name": "a"}, headers=KEY)
    return given.status_code, given.json()["state"]


async def _ask_until_done(client: httpx.AsyncClient) -> tuple[int, str]:
    async with asyncio.timeout(10):
        while (given := await _ask(client)) == (202, "pending"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return given


async def test_the_request_finishes_what_it_began(serve_probe: ServeProbe) -> None:
    served = await serve_probe(begin, continuation=_continuation(), finish=finish)
    assert await _ask(served.client()) == (201, "done")
    assert await _ask(served.client()) == (201, "done"), "the same when asked again"


async def test_a_second_half_that_fails_is_left_to_the_queue(
    serve_probe: ServeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.jobs.FIRST_RETRY_SECONDS", 0.1)
    starts = []

    async def fail_twice(runtime: Runtime, payload: dict[str, Any]) -> None:
        starts.append(payload)
        if len(starts) <= 2:
            raise ConnectionError("the neighbour is away")
        await finish(runtime, payload)

    served = await serve_probe(begin, continuation=_continuation(), finish=fail_twice)
    assert await _ask(served.client()) == (202, "pending")
    assert await _ask_until_done(served.client()) == (201, "done")


async def test_a_second_half_that_takes_too_long_is_left_to_the_queue(serve_probe: ServeProbe) -> None:
    go_on = asyncio.Event()

    async def wait(runtime: Runtime, payload: dict[str, Any]) -> None:
        await go_on.wait()
        await finish(runtime, payload)

    served = await serve_probe(begin, continuation=_continuation(0.1), finish=wait)
    assert await _ask(served.client()) == (202, "pending")
    go_on.set()
    assert await _ask_until_done(served.client()) == (201, "done")


async def test_the_queue_finishes_it_also_when_nobody_comes_back(serve_probe: ServeProbe) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(runtime: Runtime, payload: dict[str, Any]) -> None:
        begun.set()
        await go_on.wait()
        await finish(runtime, payload)

    served = await serve_probe(begin, continuation=_continuation(), finish=wait)
    asking = asyncio.create_task(_ask(served.client()))
    await begun.wait()
    asking.cancel()
    assert await _states(served.runtime) == ["pending"]
    go_on.set()
    async with asyncio.timeout(10):
        while (await _states(served.runtime)) != ["done"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _states(runtime: Runtime) -> list[str]:
    async with runtime.reading() as connection:
        return list((await connection.execute(text("SELECT state FROM things"))).scalars())
