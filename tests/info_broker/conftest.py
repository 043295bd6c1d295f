from collections.abc import AsyncIterator

import pytest

from tests.info_broker.broker import OPERATE, READ, WRITE, Broker, Door


@pytest.fixture
async def broker(serve) -> AsyncIterator[Broker]:  # type: ignore[no-untyped-def]
    """The service, empty."""
    served = await serve("info_broker")
    broker = Broker(served, operator=None)  # type: ignore[arg-type]
    async with broker.caller("stf_operator", READ, WRITE, OPERATE, "clock:write", "events:read") as operator:
        broker.operator = operator
        yield broker


@pytest.fixture
def operator(broker: Broker) -> Door:
    return broker.operator
