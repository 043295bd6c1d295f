from collections.abc import AsyncIterator

import pytest

from chassis.database import Tx
from tests.conftest import MakeRuntime
from tests.payments.trades.market import Market, open_market


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@pytest.fixture
async def market(tx: Tx) -> Market:
    return await open_market(tx)
