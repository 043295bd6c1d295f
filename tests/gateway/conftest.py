"""The gateway served for real, with room for many sign-ins from one address."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from gateway.identities.bootstrap import ensure_staff
from gateway.identities.model import Role
from tests.conftest import Serve
from tests.gateway.people import OPERATOR, PASSWORD
from tests.serving import Served

ServeGateway = Callable[..., Awaitable[Served]]
ROOMY = {
    "SIFANG_GATEWAY_SIGN_IN_PER_ADDRESS": "1000 per minute",
    "SIFANG_GATEWAY_SIGN_UP_PER_ADDRESS": "1000 per minute",
}


@pytest.fixture
def serve_gateway(serve: Serve) -> ServeGateway:
    """`await serve_gateway(neighbours={"payments": url}, environment={…})`: with an operator who may sign in."""

    async def start(
        *, neighbours: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
    ) -> Served:
        served = await serve("gateway", neighbours=neighbours, environment=ROOMY | dict(environment or {}))
        await ensure_staff(served.runtime.settings, OPERATOR, PASSWORD, [Role.OPERATOR])
        return served

    return start


@pytest.fixture
async def gateway(serve_gateway: ServeGateway) -> Served:
    return await serve_gateway()
