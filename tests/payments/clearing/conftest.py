import pytest

from tests.payments.clearing.clearing_house import ClearingHouse
from tests.payments.market import Market


@pytest.fixture
def house(market: Market) -> ClearingHouse:
    return ClearingHouse(market)
