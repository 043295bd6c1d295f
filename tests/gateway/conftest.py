"""The gateway served for real, with room for many sign-ins from one address."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from chassis.identity import service_caller
from gateway.identities.actions import hire
from gateway.identities.model import Role
from gateway.identities.passwords import hasher
from gateway.identities.rules import read_contact
from tests.conftest import Serve
from tests.gateway.people import OPERATOR, PASSWORD
from tests.serving import Served

ServeGateway = Callable[..., Awaitable[Served]]
ROOMY = {
    "SIFANG_GATEWAY_SIGN_IN_PER_ADDRESS": "1000 per minute",
    "SIFANG_GATEWAY_SIGN_UP_PER_ADDRESS": "1000 per minute",
}


@pytest.fixture(scope="session")
def operator_hash() -> str:
    """Of the operator's password, made once: a hash takes longer than all else that a test is set up with."""
    return str(hasher().hash(PASSWORD))


@pytest.fixture
def serve_gateway(serve: Serve, operator_hash: str) -> ServeGateway:
    """`await serve_gateway(neighbours={"payments": url}, environment={…})`: with an operator who may sign in."""

    async def start(
        *, neighbours: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
    ) -> Served:
        served = await serve("gateway", neighbours=neighbours, environment=ROOMY | dict(environment or {}))
        contact, roles = read_contact(OPERATOR, None), [Role.OPERATOR]
        async with served.runtime.transaction() as tx:
            await hire(tx, service_caller("gateway"), contact=contact, password_hash=operator_hash, roles=roles)
        return served

    return start


@pytest.fixture
async def gateway(serve_gateway: ServeGateway) -> Served:
    return await serve_gateway()
