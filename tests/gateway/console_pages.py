"""An operator's browser before the console's payments pages, and payments beside its gateway."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.conftest import Serve
from tests.gateway.conftest import ServeGateway
from tests.gateway.people import OPERATOR, enter, visitor
from tests.payments.market import Market
from tests.serving import Served

PAGES = "/console/payments"
PATIENCE_SECONDS = 60.0
"""A record's page asks payments for each of its lists: on a machine that is shared this may take a while."""


@pytest.fixture
async def market(serve: Serve) -> Market:
    return await Market.open(await serve("payments"))


@pytest.fixture
async def gateway(market: Market, serve_gateway: ServeGateway) -> Served:
    """Beside payments: it asks there with the viewer's own token."""
    return await serve_gateway(neighbours={"payments": market.served.url})


class Console:
    """An operator's browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(f"{PAGES}{path}")
        assert answer.status_code == status, answer.text
        return answer.text

    async def act(self, record: str, action: str, **typed: str) -> httpx.Response:
        """With the token and the key that the record's page gives its forms."""
        page = await self.page(f"/records/{record}")
        hidden = dict(re.findall(r'name="(form_token|key)" value="([^"]+)"', page))
        return await self.client.post(f"{PAGES}/records/{record}/actions/{action}", data=hidden | typed)


@asynccontextmanager
async def signed_in(gateway: Served, contact: str = OPERATOR) -> AsyncIterator[Console]:
    async with visitor(gateway) as client:
        client.timeout = httpx.Timeout(PATIENCE_SECONDS)
        await enter(client, contact)
        yield Console(client)
