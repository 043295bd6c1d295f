import pytest

from chassis.runtime import Runtime
from services.payments import app
from tests.payments.settlement.market import BY_ITSELF


async def _rests(runtime: Runtime) -> None:
    """Left to the tests."""


@pytest.fixture(autouse=True)
def nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service does by itself every ten seconds would now and then come between two steps of a test."""
    for name in BY_ITSELF:
        monkeypatch.setitem(app.PERIODIC, name, (3600, _rests))
