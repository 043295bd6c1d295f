from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chassis.database import Tx
from tests.conftest import MakeRuntime, Serve
from tests.payments.customer import World
from tests.payments.market import Market
from tests.sandbox.door import Door

CHANNEL_SECONDS = "4"
"""How long payments waits for a bank here: long enough for an answer, short enough to test silence."""


@pytest.fixture
async def world(serve: Serve) -> World:
    """payments and the banks of its sandbox, served."""
    sandbox = await serve("sandbox")
    payments = await serve("payments", environment={"SIFANG_PAYMENTS_CHANNEL_SECONDS": CHANNEL_SECONDS})
    return World(payments, sandbox, Door(sandbox.client(timeout=30)))


@pytest.fixture
async def market(serve: Serve) -> Market:
    """payments alone, its money from nowhere: no bank is asked."""
    return await Market.open(await serve("payments"))


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    """A transaction that is rolled back."""
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection:
        yield await runtime.database.begin(connection, seed=uuid4().hex)
