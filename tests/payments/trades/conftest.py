from collections.abc import AsyncIterator

import pytest

from chassis.database import Tx
from chassis.runtime import Runtime
from services.payments import app
from tests.conftest import MakeRuntime
from tests.payments.trades.market import Market, open_market


async def _rests(runtime: Runtime) -> None:
    """Left to the tests."""


@pytest.fixture(autouse=True)
def nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What time decides is looked for by tests alone: beside them the service would now and then be in the midst of it."""
    for name in ("payments.close_orders", "payments.end_due_trades"):
        monkeypatch.setitem(app.PERIODIC, name, (3600, _rests))


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@pytest.fixture
async def market(tx: Tx) -> Market:
    return await open_market(tx)
