from collections.abc import AsyncIterator

import httpx
import pytest

from tests.payments.customer import World
from tests.sandbox.door import Door

CHANNEL_SECONDS = "0.8"
"""How long payments waits for a bank here: long enough for an answer, short enough to test silence."""


@pytest.fixture
async def world(serve) -> AsyncIterator[World]:  # type: ignore[no-untyped-def]
    sandbox = await serve("sandbox")
    payments = await serve(
        "payments",
        neighbours={"sandbox": sandbox.url},
        environment={"SIFANG_PAYMENTS_CHANNEL_SECONDS": CHANNEL_SECONDS},
    )
    headers = {"authorization": f"Bearer {sandbox.token()}"}
    async with httpx.AsyncClient(base_url=sandbox.url, headers=headers, timeout=30) as http:
        world = World(payments, sandbox, Door(http))
        yield world
        for person in world.people:
            await person.aclose()
