"""Backers who pay from a card: a mandate signed with four factors, debited at the end by their bank."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.ids import decode
from clients.errors import Refused
from clients.payments.client import PaymentsClient
from clients.payments.mandates import PayeesPayments
from clients.payments.shapes import AccountAnswer, DebitAnswer
from clients.transport import Transport
from services.p2p.pledges import jobs
from tests.conftest import Serve
from tests.p2p.carded import SHORT, SLOW, backed, lending
from tests.p2p.crowd import live
from tests.p2p.people import World as Lending
from tests.payments.customer import World
from tests.payments.market import Market
from tests.payments.risk.ruling import above, rule
from tests.payments.risk.ruling import live as rules_live
from tests.serving import PATIENCE_SECONDS


async def test_cards_are_debited_at_the_end_by_mandate_and_the_mandate_is_revoked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A bank that is silent says so at once, as in the tests of payments.
    monkeypatch.setattr("sandbox.bank.answering.LONGEST_SILENCE_SECONDS", 0)
    outside = await World.open(serve)
    world = await lending(serve, outside)
    p2p = world.p2p
    crowd = await live(world, milestones=[{"title": "all", "share": "1", "due_on": "2029-01-01"}])
    short, short_id = await backed(crowd, outside.person(), SHORT)
    slow, slow_id = await backed(crowd, outside.person(), SLOW)
    unsigned = await crowd.pledge(world.person(), 10_000, 0, pays_from="mandate")
    assert unsigned["state"] == "unsigned"
    now = await world.pass_time(timedelta(days=6))
    await outside.door.http.put("/v1/clock", json={"business_at": now.isoformat()})
    await crowd.work()
    await world.until(short.lending, f"/v1/pledges/{short_id}", "retrying", seconds=60)
    lapsed = await world.operator.get(f"/v1/pledges/{unsigned['id']}")
    assert (lapsed["state"], lapsed["reason"]) == ("lapsed", "mandate_not_signed")
    debits = await outside.payments.client("p2p").get(
        f"/v1/mandates/{(await slow.lending.get(f'/v1/pledges/{slow_id}'))['mandate_id']}/debits"
    )
    await outside.payments.runtime.jobs.run_now(
        "payments.collect_debit", {"id": str(decode("mdb", debits.json()["items"][0]["id"]))}
    )
    await crowd.work()
    collected = await world.until(slow.lending, f"/v1/pledges/{slow_id}", "collected", seconds=60)
    assert (collected["attempts"], await slow.balance()) == (1, (0, 0))
    await crowd.later(timedelta(days=8))
    await crowd.until("funded")
    dropped = await short.lending.get(f"/v1/pledges/{short_id}")
    assert (dropped["state"], dropped["reason"]) == ("dropped", "insufficient_funds")
    real = PayeesPayments.debits

    async def late(self: PayeesPayments, mandate_id: str) -> list[DebitAnswer]:
        """The bank has paid after all what it had refused: as payments would tell it."""
        found = await real(self, mandate_id)
        return [
            debit.model_copy(update={"state": "succeeded", "amount": 7_000}) for debit in found if debit.id != counted
        ]

    counted = debits.json()["items"][0]["id"]
    monkeypatch.setattr(PayeesPayments, "debits", late)
    await jobs.end_mandates(p2p.runtime)
    assert [await who.balance() for who in (short, slow)] == [(0, 0), (0, 0)]
    tries = (await short.lending.get(f"/v1/pledges/{short_id}"))["attempts"]
    project = await world.operator.get(crowd.path)
    await world.pay_in(project["project"]["account_id"], 7_000 * tries)
    await crowd.later(timedelta(days=3))
    await jobs.end_mandates(p2p.runtime)
    await jobs.end_mandates(p2p.runtime)
    assert [await who.balance() for who in (short, slow)] == [(7_000 * tries, 7_000 * tries), (0, 0)]
    for backer, pledge_id in ((short, short_id), (slow, slow_id)):
        mandate = (await backer.lending.get(f"/v1/pledges/{pledge_id}"))["mandate_id"]
        assert (await backer.money.get(f"/v1/mandates/{mandate}"))["state"] == "revoked"
    await world.operator.made(f"{crowd.path}/refund")
    await crowd.until("refunded")
    assert await slow.balance() == (SLOW, SLOW)
    await crowd.audit()


async def test_a_late_debit_is_returned_though_the_ledger_refused_it_once(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal spends the id of a transfer: the next run takes another one, and however many run the backer has it once."""
    outside = await World.open(serve)
    world = await lending(serve, outside)
    crowd = await live(world)
    backer, pledge_id = await backed(crowd, outside.person(), 10_000)
    raised = {"amount": 10_001, "currency": "CNY"}
    refused = await backer.lending.refused(f"/v1/pledges/{pledge_id}/change", raised)
    assert refused == (422, "mandate_too_small", "amount")
    await world.operator.made(f"{crowd.path}/cancellation", status=200)
    mandate = (await backer.lending.get(f"/v1/pledges/{pledge_id}"))["mandate_id"]
    asked = await outside.payments.client("p2p").post(
        f"/v1/mandates/{mandate}/debits",
        json={"number": "late", "amount": 10_000, "currency": "CNY"},
        headers={"idempotency-key": "late"},
    )
    async with asyncio.timeout(60):
        while (await PayeesPayments(payees(world)).debits(mandate))[0].state != "succeeded":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert asked.status_code in (201, 202), asked.text
    account = (await world.operator.get(crowd.path))["project"]["account_id"]
    assert (await world.account(account))["balance"] == 10_000
    await world.ledger.made(f"/v1/accounts/{account}/freeze", {"reason": "looked at"}, 200)
    await world.run_job("p2p.return_late_debit", pledge_id)
    looked = PaymentsClient.account

    async def before(self: PaymentsClient, account_id: UUID) -> AccountAnswer:
        """As it was a moment ago: it is frozen between the look and the transfer."""
        return (await looked(self, account_id)).model_copy(update={"frozen": False, "available": 10_000})

    with monkeypatch.context() as patched:
        patched.setattr(PaymentsClient, "account", before)
        for _ in range(2):
            with pytest.raises(Refused):
                await world.run_job("p2p.return_late_debit", pledge_id)
    await world.ledger.made(f"/v1/accounts/{account}/release", {"reason": "in order"}, 200)
    for _ in range(3):
        await world.run_job("p2p.return_late_debit", pledge_id)
    assert await backer.balance() == (10_000, 10_000)
    await crowd.audit()


def payees(world: Lending) -> Transport:
    return world.p2p.runtime.get(PaymentsClient).transport


async def test_a_charge_that_somebody_looks_at_is_made_once_that_is_approved_and_fails_if_it_is_denied(
    serve: Serve,
) -> None:
    outside = await World.open(serve)
    world = await lending(serve, outside)
    market = await Market.open(outside.payments)
    await rules_live(market, rule("large", "review", above(50_000)))
    crowd = await live(world, milestones=[{"title": "all", "share": "1", "due_on": "2029-01-01"}])
    fine, bad = [await backed(crowd, outside.person(), amount) for amount in (60_000, 70_000)]
    now = await world.pass_time(timedelta(days=6))
    await outside.door.http.put("/v1/clock", json={"business_at": now.isoformat()})
    await crowd.work()
    for (backer, pledge_id), answer, after in ((fine, "approval", "collected"), (bad, "denial", "retrying")):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (waits := await backer.lending.get(f"/v1/pledges/{pledge_id}"))["decision_id"] is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (waits["state"], waits["reason"], waits["attempts"]) == ("charging", "review_required", 1)
        await world.run_job("p2p.collect_pledges", crowd.project["id"])
        assert await backer.lending.get(f"/v1/pledges/{pledge_id}") == waits, "not asked again before it is decided"
        await market.operator.post(f"/v1/risk/reviews/{waits['decision_id']}/{answer}", {"reason": "looked at"})
        await world.until(backer.lending, f"/v1/pledges/{pledge_id}", after, seconds=60)
    denied = await bad[0].lending.get(f"/v1/pledges/{bad[1]}")
    assert (denied["reason"], denied["decision_id"]) == ("decision_ended", None)
    told = [
        (one["data"]["state"], one["data"]["reason"])
        for one in await world.events("p2p.pledge.state_changed.v1")
        if one["data"]["pledge_id"] == bad[1]
    ]
    assert told[-2:] == [("charging", "review_required"), ("retrying", "decision_ended")]
    await crowd.audit()
