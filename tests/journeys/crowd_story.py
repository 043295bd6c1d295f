"""Crowdfunding as journeys play it, from draft to last payout, with banks and cards; and what `sifang verify` looks at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from clients.errors import Unreachable
from clients.payments.client import PaymentsClient
from suite.audit.gathering import Auditor
from tests.p2p.crowd import Crowd
from tests.p2p.people import Person
from tests.payments.customer import World


async def proved(crowd: Crowd, outside: World) -> None:
    """What `sifang verify` looks at: every service's own books, p2p against the ledger, the reserves against the banks."""
    running = {"payments": outside.payments, "p2p": crowd.world.p2p, "sandbox": outside.sandbox}
    auditor = Auditor({name: one.url for name, one in running.items()}, lambda name: running[name].token())
    try:
        report = await auditor.audit()
    finally:
        await auditor.close()
    differing = [(one.where, one.name, one.offending) for one in report.checks if not one.holds]
    assert not differing, differing


async def until(door: Any, path: str, **facts: Any) -> dict[str, Any]:
    """Wait for a record to say so by itself."""
    async with asyncio.timeout(60):
        while True:
            record = dict(await door.get(path))
            if facts.items() <= record.items():
                return record
            await asyncio.sleep(0.05)


async def retrying(crowd: Crowd, backer: Person, pledge_id: str) -> None:
    await crowd.work()
    await until(backer.lending, f"/v1/pledges/{pledge_id}", state="retrying")


async def debt_of(who: Person, **facts: Any) -> dict[str, Any]:
    """The one that she has, as soon as it says so."""
    (debt,) = (await who.lending.get("/v1/chargeback-debts"))["items"]
    return await until(who.lending, f"/v1/chargeback-debts/{debt['id']}", **facts)


@asynccontextmanager
async def stopped_at(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, number: int) -> AsyncIterator[None]:
    """Staff stops a mass refund while its batch of that number is being sent. That one ends, and no other begins before it goes on."""
    real, sending, go_on, sent = PaymentsClient.transfers, asyncio.Event(), asyncio.Event(), 0

    async def waits(self: Any, orders: Any, **how: Any) -> Any:
        nonlocal sent
        sent += how.get("mode") == "independent"
        if sent == number and not sending.is_set():
            sending.set()
            await go_on.wait()
        return await real(self, orders, **how)

    with monkeypatch.context() as patched:
        patched.setattr(PaymentsClient, "transfers", waits)
        yield
        await asyncio.wait_for(sending.wait(), 60)
        operator = crowd.world.operator
        refund = (await operator.get(f"{crowd.path}/refund"))["refund"]
        path = f"/v1/project-refunds/{refund['id']}"
        assert (await operator.made(f"{path}/stop", status=200))["state"] == "stopped"
        go_on.set()
        async with asyncio.timeout(60):
            while await paid_batches(crowd) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    await crowd.world.run_job("p2p.refund_project", refund["id"])
    assert await paid_batches(crowd) == number
    assert (await crowd.read())["state"] == "refunding"
    assert (await operator.made(f"{path}/resumption", status=200))["state"] == "running"


async def paid_batches(crowd: Crowd) -> int:
    batches = (await crowd.world.operator.get(f"{crowd.path}/refund"))["batches"]
    return sum(one["paid_at"] is not None for one in batches)


def ends_after(code: str) -> Any:
    """The process ends when the ledger has made the first transfer of a code, before that is written down."""
    real, ended = PaymentsClient.transfer, False

    async def ends(self: Any, order: Any, **how: Any) -> Any:
        nonlocal ended
        answer = await real(self, order, **how)
        if order.code == code and not ended:
            ended = True
            raise Unreachable("the process ended here")
        return answer

    return ends
