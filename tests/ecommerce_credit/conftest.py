import pytest

from tests.conftest import Serve
from tests.ecommerce_credit.people import NOON, Door, World, operator_of
from tests.serving import Served


@pytest.fixture
async def world(serve: Serve) -> World:
    """payments and the lender, served, at noon of one day."""
    payments = await serve("payments")
    credit = await serve("ecommerce_credit")
    world = World(payments, credit, operator=operator_of(credit), ledger=operator_of(payments))
    for door in (world.operator, world.ledger):
        await door.set_clock(NOON)
    return world


@pytest.fixture
async def lender(serve: Serve) -> Served:
    """The lender alone; payments is not there."""
    served = await serve("ecommerce_credit")
    await operator_of(served).set_clock(NOON)
    return served


@pytest.fixture
async def operator(lender: Served) -> Door:
    return operator_of(lender)
