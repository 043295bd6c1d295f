"""Each kind of crowdfunding from draft to last payout, with banks, cards and chargebacks; `sifang verify` finds nothing after each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from clients.errors import Unreachable
from clients.payments.client import PaymentsClient
from services.p2p.chargebacks.jobs import REPAYMENT_CODE
from services.p2p.project_refunds import rules as refund_rules
from suite.audit.gathering import Auditor
from tests.conftest import Serve
from tests.p2p.carded import SHORT, backed, lending, loses_dispute, pass_time, takes_back
from tests.p2p.crowd import Crowd, live
from tests.p2p.people import Person
from tests.payments.customer import World


@pytest.fixture
async def outside(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> World:
    """payments and its banks. One that is silent says so at once."""
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)
    return await World.open(serve)


async def proved(crowd: Crowd, outside: World) -> None:
    """What `sifang verify` looks at: every service's own books, p2p against the ledger, the reserves against the banks."""
    running = {"payments": outside.payments, "p2p": crowd.world.p2p, "sandbox": outside.sandbox}
    auditor = Auditor({name: one.url for name, one in running.items()}, lambda name: running[name].token())
    try:
        report = await auditor.audit()
    finally:
        await auditor.close()
    assert [(one.name, one.offending) for one in report.checks if not one.holds] == []


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


async def test_all_or_nothing_with_a_card_dropped_and_two_taken_back(
    serve: Serve, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bank takes its money back before the payouts, one after: the first lessens them, the second is owed by the creator."""
    crowd = await live(await lending(serve, outside))
    wallet = await crowd.rich(50_000, tier=1)
    early, early_id = await backed(crowd, outside.person(), 30_000, tier=0)
    late, late_id = await backed(crowd, outside.person(), 20_000, tier=1)
    short, short_id = await backed(crowd, outside.person(), SHORT)
    total = 100_000 + SHORT
    assert (await crowd.read())["pledged"] == total
    await pass_time(crowd, outside, timedelta(days=6))
    await retrying(crowd, short, short_id)
    await proved(crowd, outside)
    await pass_time(crowd, outside, timedelta(days=8))
    await crowd.until("funded")
    assert (await short.lending.get(f"/v1/pledges/{short_id}"))["state"] == "dropped"
    await crowd.pay(0)
    taken = await takes_back(crowd, outside, early_id, 30_000)
    assert (taken["borne"], taken["kind"]) == (30_000, "reversed")
    assert (await early.lending.get(f"/v1/pledges/{early_id}"))["state"] == "charged_back"
    assert (await early.lending.get(f"/v1/pledges/{early_id}/delivery"))["state"] == "closed"
    await proved(crowd, outside)
    await crowd.pay(1)
    await crowd.pay(2)
    project = await crowd.read()
    assert (project["pledged"], project["collected"], project["charged_back"]) == (total, 100_000, 30_000)
    assert (project["paid"], project["fee"], project["held"]) == (67_900, 2_100, 0)
    assert (await crowd.creator.balance())[0] == 67_900
    items = [{"pledge_id": one, "tracking": "SF1"} for one in (early_id, late_id, (await crowd.pledged(wallet))["id"])]
    shipped = await crowd.creator.lending.made(f"{crowd.path}/shipments", {"items": items}, 200)
    assert shipped["skipped"] == [early_id]
    await pass_time(crowd, outside, timedelta(days=16))
    await crowd.until("fulfilled")
    with monkeypatch.context() as patched:
        patched.setattr(PaymentsClient, "transfer", ends_after(REPAYMENT_CODE))
        taken = await takes_back(crowd, outside, late_id, 20_000)
        assert taken["borne"] == 0
        await crowd.work()
        debt = await debt_of(crowd.creator, state="settled")
    assert (debt["role"], debt["repaid"], debt["covered"]) == ("creator", 20_000, 0)
    assert (await crowd.creator.balance())[0] == 47_900
    assert (await late.lending.get(f"/v1/pledges/{late_id}/delivery"))["state"] == "received"
    await proved(crowd, outside)


async def test_what_comes_is_kept_until_staff_refunds_it_in_batches(
    serve: Serve, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a payout the rest goes back, stopped in the middle and gone on with. A bank then gives one backer her money once more."""
    monkeypatch.setattr(refund_rules, "BATCH", 2)
    crowd = await live(await lending(serve, outside), programme="crowdfunding_flexible")
    backers = [await crowd.rich(amount) for amount in (10_001, 9_999, 7_000)]
    card, card_id = await backed(crowd, outside.person(), 23_000)
    short, short_id = await backed(crowd, outside.person(), SHORT)
    await pass_time(crowd, outside, timedelta(days=6))
    await retrying(crowd, short, short_id)
    await pass_time(crowd, outside, timedelta(days=8))
    await crowd.until("funded")
    await crowd.pay(0)
    left = (await crowd.read())["held"]
    assert left == 50_000 - (await crowd.read())["paid"] - (await crowd.read())["fee"]
    async with stopped_at(crowd, monkeypatch, 1):
        await crowd.world.operator.made(f"{crowd.path}/refund")
    await crowd.until("refunded")
    assert sum([(await one.balance())[0] for one in (*backers, card)]) == left
    hers = (await card.balance())[0]
    assert abs(hers - left * 23_000 / 50_000) < 1
    await proved(crowd, outside)
    taken = await loses_dispute(crowd, outside, card_id)
    assert (taken["kind"], taken["amount"], taken["fee"], taken["borne"]) == ("dispute_lost", 23_000, 2_000, 0)
    owed = await debt_of(card, state="settled")
    assert (owed["role"], owed["repaid"]) == ("backer", hers)
    owed = await debt_of(crowd.creator, state="settled")
    assert (owed["role"], owed["repaid"]) == ("creator", 23_000 + 2_000 - hers)
    assert (await card.balance())[0] == 0
    await proved(crowd, outside)


async def test_gifts_reach_their_purpose_and_what_is_beyond_the_goal_goes_back(
    serve: Serve, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts, the use of funds by milestone, a surplus returned in batches that were stopped, and a gift that its bank took back."""
    monkeypatch.setattr(refund_rules, "BATCH", 2)
    crowd = await live(await lending(serve, outside), programme="public_benefit", tiers=[], surplus="return")
    givers = [await crowd.rich(amount) for amount in (60_000, 30_000, 20_001)]
    card, card_id = await backed(crowd, outside.person(), 40_000)
    short, short_id = await backed(crowd, outside.person(), SHORT)
    await pass_time(crowd, outside, timedelta(days=6))
    await retrying(crowd, short, short_id)
    await pass_time(crowd, outside, timedelta(days=8))
    await crowd.until("funded")
    assert (await card.lending.get(f"/v1/pledges/{card_id}/receipt"))["stands"] == 40_000
    assert (await short.lending.get(f"/v1/pledges/{short_id}/receipt", 404))["code"] == "unknown_pledge"
    await takes_back(crowd, outside, card_id, 40_000)
    assert (await card.lending.get(f"/v1/pledges/{card_id}/receipt"))["stands"] == 0
    for number, used in enumerate((0, 30_000)):
        await crowd.pay(number, used=used)
    async with stopped_at(crowd, monkeypatch, 1):
        await crowd.pay(2, used=60_000)
    await crowd.until("delivering")
    project = await crowd.read()
    assert (project["paid"], project["fee"], project["refunded"], project["held"]) == (100_000, 0, 10_001, 0)
    assert sum([(await one.balance())[0] for one in givers]) == 10_001
    first = await crowd.pledged(givers[0])
    receipt = await givers[0].lending.get(f"/v1/pledges/{first['id']}/receipt")
    assert receipt["stands"] == 60_000 - first["refunded"]
    use = {"used": 100_000, "report": "a school"}
    assert (await crowd.creator.lending.made(f"{crowd.path}/use-of-funds", use, 200))["state"] == "fulfilled"
    await proved(crowd, outside)
