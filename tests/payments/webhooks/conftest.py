from collections.abc import AsyncIterator

import pytest

from tests.conftest import Serve
from tests.payments.webhooks.receiver import Receiver, receiver
from tests.payments.webhooks.stage import Stage


@pytest.fixture
async def stage(serve: Serve) -> Stage:
    return Stage(await serve("payments", environment={"SIFANG_PAYMENTS_WEBHOOK_SECONDS": "10"}))


@pytest.fixture
async def here() -> AsyncIterator[Receiver]:
    async with receiver() as listening:
        yield listening
