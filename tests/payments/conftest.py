import pytest

from tests.conftest import Serve
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
