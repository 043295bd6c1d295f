"""A process that ends between the ledger's answer and its recording, a neighbour that is away, a hold that is gone, a damaged row."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chassis.ids import encode
from clients.errors import Unreachable
from clients.ids import new_id
from clients.payments.client import PaymentsClient
from services.p2p.listings import filling
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import jobs as loan_jobs
from services.p2p.repayments import actions as repayment_actions
from tests.p2p.people import Person, World


class ProcessDied(Exception):
    """Stands for a process that ended there."""


async def test_a_disbursement_replayed_after_a_crash_moves_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the ledger's answer and its recording: the queue asks again, the ledger answers `exists`."""
    with monkeypatch.context() as dying:
        dying.setattr(loan_actions, "record_disbursed", _die)
        borrower = world.person()
        listing = await world.listed(borrower)
        lender = await world.rich(1_000_000)
        await lender.bid(listing["id"], 1_000_000)
        await _until_paid(borrower)
        disbursing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursing")
        before = await world.transfers(disbursing["loan_id"])
        assert len(before) == 3
    await world.run_job("p2p.disburse", disbursing["loan_id"])
    await world.run_job("p2p.disburse", disbursing["loan_id"])
    assert (await world.operator.get(f"/v1/loans/{disbursing['loan_id']}"))["state"] == "repaying"
    assert await world.transfers(disbursing["loan_id"]) == before
    assert await borrower.balance() == (995_000, 995_000)
    assert len((await lender.lending.get("/v1/claims"))["items"]) == 1
    await world.audit()


async def test_a_hold_made_before_a_crash_is_found_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listing, lender = await world.listed(world.person()), await world.rich(200_000)
    with monkeypatch.context() as dying:
        dying.setattr(filling, "record_hold", _die)
        pending = await lender.bid(listing["id"], 200_000)
        assert (pending["state"], pending["hold_id"]) == ("pending", None)
        assert await lender.balance() == (200_000, 0)
    await world.run_job("p2p.place_bid", pending["id"])
    assert (await lender.lending.get(f"/v1/bids/{pending['id']}"))["state"] == "placed"
    assert await lender.balance() == (200_000, 0)
    await world.audit()


async def test_a_hold_answered_after_the_listing_ended_is_released(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    borrower, lender = world.person(), await world.rich(200_000)
    listing = await world.listed(borrower)
    with monkeypatch.context() as dying:
        dying.setattr(filling, "record_hold", _die)
        pending = await lender.bid(listing["id"], 200_000)
    path = f"/v1/listings/{listing['id']}"
    ending = await borrower.lending.post(f"{path}/cancellation")
    assert (ending.status_code, ending.json()["state"]) == (202, "releasing")
    await world.run_job("p2p.place_bid", pending["id"])
    await world.until(borrower.lending, path, "failed")
    assert (await lender.lending.get(f"/v1/bids/{pending['id']}"))["state"] == "released"
    assert await lender.balance() == (200_000, 200_000)
    await world.audit()


async def test_a_hold_that_is_gone_strikes_the_bid_out_and_the_listing_reopens(world: World) -> None:
    borrower, lost, kept = world.person(), await world.rich(400_000), await world.rich(600_000)
    listing = await world.listed(borrower)
    bid = await lost.bid(listing["id"], 400_000)
    await _void_behind_its_back(world, bid)
    await kept.bid(listing["id"], 600_000)
    reopened = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "open")
    while reopened["placed_minor"] != 600_000:
        await asyncio.sleep(0.05)
        reopened = await borrower.lending.get(f"/v1/listings/{listing['id']}")
    struck = await world.until(lost.lending, f"/v1/bids/{bid['id']}", "released")
    assert struck["reason"] == "struck_out:hold_already_voided"
    assert (await borrower.balance(), await kept.balance()) == ((0, 0), (600_000, 0))
    await world.audit()
    other = await world.rich(400_000)
    assert (await other.bid(listing["id"], 400_000))["state"] in ("placed", "funded")
    await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    assert await borrower.balance() == (995_000, 995_000)
    assert len(await world.events("p2p.loan.cancelled.v1")) == 1
    assert len(await world.events("p2p.listing.reopened.v1")) == 1
    await world.audit()


async def test_a_refused_disbursement_asked_again_after_a_crash_reopens_the_listing_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payout's id is spent by the first answer: what it says the second time is still the lost hold's fault."""
    borrower, lost, kept = world.person(), await world.rich(400_000), await world.rich(600_000)
    listing = await world.listed(borrower)
    path = f"/v1/listings/{listing['id']}"
    with monkeypatch.context() as dying:
        dying.setattr(loan_actions, "record_refused", _die)
        bid = await lost.bid(listing["id"], 400_000)
        await _void_behind_its_back(world, bid)
        await kept.bid(listing["id"], 600_000)
        disbursing = await world.until(borrower.lending, path, "disbursing")
        with pytest.raises(ProcessDied):
            await world.run_job("p2p.disburse", disbursing["loan_id"])
    await world.run_job("p2p.disburse", disbursing["loan_id"])
    assert (await borrower.lending.get(path))["state"] == "open"
    struck = await world.until(lost.lending, f"/v1/bids/{bid['id']}", "released")
    assert struck["reason"] == "struck_out:hold_already_voided"
    await world.audit()


async def test_struck_out_after_the_deadline_the_listing_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    borrower, lost, kept = world.person(), await world.rich(400_000), await world.rich(600_000)
    listing = await world.listed(borrower)
    path = f"/v1/listings/{listing['id']}"
    with monkeypatch.context() as dying:
        dying.setattr(loan_jobs, "transfers_of", _die_at_once)
        bid = await lost.bid(listing["id"], 400_000)
        await kept.bid(listing["id"], 600_000)
        disbursing = await world.until(borrower.lending, path, "disbursing")
        await _void_behind_its_back(world, bid)
        await world.pass_time(timedelta(days=8))
    await world.run_job("p2p.disburse", disbursing["loan_id"])
    ended = await world.until(borrower.lending, path, "failed")
    assert (ended["reason"], ended["loan_id"]) == ("hold_not_posted", None)
    assert (await kept.balance(), await lost.balance()) == ((600_000, 600_000), (400_000, 400_000))
    assert await borrower.balance() == (0, 0)
    await world.audit()


async def test_a_repayment_replayed_is_harmless(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = await world.disbursed([500_000, 500_000])
    amount = (await lent.rows())[0]["payment_minor"]
    with monkeypatch.context() as dying:
        dying.setattr(repayment_actions, "record_shared", _die)
        pending = await lent.repay(amount, key="august")
        assert (pending.status_code, pending.json()["state"]) == (202, "pending")
        before = await world.transfers(lent.loan["id"])
        path, body = f"/v1/loans/{lent.loan['id']}/repayments", {"amount": amount, "currency": "CNY"}
        assert await lent.borrower.lending.refused(path, body) == (409, "repayment_under_way", None)
    for _ in range(2):
        await world.run_job("p2p.share_repayment", pending.json()["id"])
    again = await lent.repay(amount, key="august")
    assert again.json()["id"] == pending.json()["id"]
    assert await world.transfers(lent.loan["id"]) == before
    assert (await lent.borrower.balance())[0] == 995_000 - amount
    found = (await lent.borrower.lending.get(path))["items"]
    assert [one["state"] for one in found] == ["shared"]
    await world.audit()


async def test_payments_away_a_bid_waits_and_is_placed_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold cannot be asked for: 202, the bid is shown as under way, and the queue's next start places it."""
    listing, lender = await world.listed(world.person()), await world.rich(100_000)
    with monkeypatch.context() as away:
        away.setattr(PaymentsClient, "transfer", _unreachable)
        path, body = f"/v1/listings/{listing['id']}/bids", {"amount": 100_000, "currency": "CNY"}
        answer = await lender.lending.post(path, body)
        assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    report = await world.operator.get("/v1/verification")
    assert [(one["kind"], one["job"], one["record"]) for one in report["movements"]] == [
        ("hold", "p2p.place_bid", answer.json()["id"])
    ]
    await world.run_job("p2p.place_bid", answer.json()["id"])
    assert (await lender.lending.get(f"/v1/bids/{answer.json()['id']}"))["state"] == "placed"
    assert await lender.balance() == (100_000, 0)
    await world.audit()


async def test_a_damaged_claim_is_found(world: World) -> None:
    await world.disbursed([400_000, 600_000])
    async with world.p2p.runtime.database.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE claims SET funded_minor = funded_minor - 1, outstanding_minor = outstanding_minor - 1"
            " WHERE funded_minor = 400000"
        )
    report = await world.operator.get("/v1/verification")
    failed = {check["name"] for check in report["checks"] if check["failed"]}
    assert not report["holds"]
    assert failed == {"claims_make_up_the_loan", "claim_has_its_version"}


async def _void_behind_its_back(world: World, bid: dict[str, Any]) -> None:
    """The payer's side gives the hold back without p2p knowing."""
    order = {"id": encode("trf", new_id()), "kind": "void", "pending_id": bid["hold_id"], "code": "tests.void"}
    answer = await world.ledger.http.post("/v1/transfers", json=order)
    assert answer.status_code == 201, answer.text


async def _until_paid(borrower: Person) -> None:
    async with asyncio.timeout(20):
        while (await borrower.balance())[0] == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _die(*_: Any, **__: Any) -> Any:
    raise ProcessDied


async def _unreachable(*_: Any, **__: Any) -> Any:
    raise Unreachable("payments is away")


def _die_at_once(*_: Any, **__: Any) -> Any:
    raise ProcessDied
