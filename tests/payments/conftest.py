from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from chassis.database import Tx
from chassis.jobs import JobSink
from tests.conftest import MakeRuntime, Serve
from tests.payments.customer import World
from tests.payments.market import Market
from tests.resting import AT_REST_SECONDS
from tests.serving import PATIENCE_SECONDS

_add = JobSink.add


def _add_for_long(
    jobs: JobSink, name: str, payload: dict[str, Any], *, delay_seconds: float = 0, key: str | None = None
) -> None:
    _add(jobs, name, payload, delay_seconds=AT_REST_SECONDS if delay_seconds else 0, key=key)


@pytest.fixture(autouse=True)
def at_rest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As periodic work rests, so do the jobs that wait ten seconds in case the request that runs them at once does not live so long."""
    mark = request.node.get_closest_marker("by_itself")
    if mark is None or mark.args:
        monkeypatch.setattr(JobSink, "add", _add_for_long)


@pytest.fixture(autouse=True)
def patient_with_banks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank that is silent says so at once (504: nobody knows what became of it); every other is waited for, however slow the machine."""
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)
    monkeypatch.setattr("services.payments.channels.sandbox_bank.QUERY_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
async def world(serve: Serve) -> World:
    """payments and the banks of its sandbox, served."""
    return await World.open(serve)


@pytest.fixture
async def market(serve: Serve) -> Market:
    """payments alone, its money from nowhere: no bank is asked."""
    return await Market.open(await serve("payments"))


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    """A transaction that is rolled back."""
    runtime = await make_runtime("payments")
    async with runtime.database.engine.connect() as connection:
        yield await runtime.database.begin(connection, seed=uuid4().hex)
