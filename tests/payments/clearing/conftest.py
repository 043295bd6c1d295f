import pytest

from tests.payments.clearing.clearing_house import ClearingHouse
from tests.payments.market import Market
from tests.payments.reserve.proofs import noon


@pytest.fixture
async def house(market: Market) -> ClearingHouse:
    """At noon, when no cut-off is near."""
    await noon(market)
    return ClearingHouse(market)
