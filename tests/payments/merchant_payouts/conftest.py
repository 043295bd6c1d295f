import pytest

from chassis.runtime import Runtime
from services.payments import app
from tests.conftest import Serve
from tests.payments.merchant_payouts.street import BY_ITSELF, Street


async def _rests(runtime: Runtime) -> None:
    """Left to the tests."""


@pytest.fixture(autouse=True)
def nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service does by itself would now and then come between two steps of a test."""
    for name in BY_ITSELF:
        monkeypatch.setitem(app.PERIODIC, name, (3600, _rests))


@pytest.fixture
async def street(serve: Serve) -> Street:
    """payments with the banks of its sandbox, which are waited for however slow the machine is."""
    return await _street(serve, seconds=60)


@pytest.fixture
async def impatient(serve: Serve) -> Street:
    """Where banks are silent: whether an answer comes in time makes no difference to how it ends."""
    return await _street(serve, seconds=1)


async def _street(serve: Serve, seconds: int) -> Street:
    sandbox = await serve("sandbox")
    payments = await serve("payments", environment={"SIFANG_PAYMENTS_CHANNEL_SECONDS": str(seconds)})
    return await Street.open(payments, sandbox)
