import pytest

from tests import resting
from tests.conftest import Serve
from tests.p2p.people import Door, World


@pytest.fixture(autouse=True)
def webhooks_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    resting.webhooks_at_rest(monkeypatch)


@pytest.fixture
async def world(serve: Serve) -> World:
    """payments and p2p, served."""
    payments = await serve("payments")
    p2p = await serve("p2p")
    return World(
        payments,
        p2p,
        operator=Door(p2p.client(), "stf_tests"),
        ledger=Door(payments.client(), "stf_tests"),
    )


@pytest.fixture
async def p2p(serve: Serve) -> Door:
    """p2p alone, with an operator's token; payments is not there."""
    served = await serve("p2p")
    return Door(served.client(), "stf_tests")
