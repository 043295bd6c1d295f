"""Stories of lending with the real payments beside: filled, raced for, paid out, repaid, released; and what a crash does to them."""

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
from tests.p2p.people import TERMS, Person, World


class ProcessDied(Exception):
    """Stands for a process that ended there."""


async def test_a_listing_filled_exactly_is_paid_out_in_one_batch(world: World) -> None:
    lent = await world.disbursed([300_000, 500_000, 200_000])
    assert lent.listing["placed_minor"] == lent.listing["amount"] == 1_000_000
    assert (lent.loan["state"], lent.loan["outstanding_minor"]) == ("repaying", 1_000_000)
    fee = lent.loan["origination_fee_minor"]
    assert fee == 5_000
    assert await lent.borrower.balance() == (995_000, 995_000)
    for lender in lent.lenders:
        assert await lender.balance() == (0, 0)
    steps = (await lent.borrower.lending.get(f"/v1/listings/{lent.listing['id']}/steps"))["items"]
    assert [step["state"] for step in steps] == ["draft", "open", "full", "disbursing", "disbursed"]
    codes = sorted(transfer["code"] for transfer in await world.transfers(lent.loan["id"]))
    assert codes == [*["p2p.disbursement.payout"], *["p2p.disbursement.principal"] * 3, "p2p.fee.origination"]
    await world.audit()


async def test_each_step_is_told_with_ids_alone(world: World) -> None:
    lent = await world.disbursed([400_000, 600_000])
    filled = (await world.events("p2p.listing.filled.v1"))[0]["data"]
    assert (filled["listing_id"], filled["amount"], filled["bids"]) == (lent.listing["id"], 1_000_000, 2)
    assert filled["fill_seconds"] >= 0
    disbursed = (await world.events("p2p.loan.disbursed.v1"))[0]["data"]
    assert (disbursed["loan_id"], disbursed["amount"], disbursed["holders"]) == (lent.loan["id"], 1_000_000, 2)
    assert len(await world.events("p2p.bid.placed.v1")) == 2
    assert len(await world.events("p2p.listing.opened.v1")) == 1


async def test_the_reserve_fund_receives_its_contribution(world: World) -> None:
    lent = await world.disbursed([600_000, 400_000], programme="reserve_fund", annual_rate=None)
    assert (lent.loan["annual_rate"], lent.loan["programme_version"]) == ("0.06", 1)
    assert (lent.loan["origination_fee_minor"], lent.loan["reserve_contribution_minor"]) == (6_000, 2_000)
    accounts = (await world.operator.get("/v1/verification"))["house_accounts"]
    fund = next(one["account_id"] for one in accounts if one["purpose"] == "reserve_fund")
    assert (await world.account(fund))["balance"] == 2_000
    assert await lent.borrower.balance() == (992_000, 992_000)
    await world.audit()


async def test_thirty_bidders_at_once_never_overfill(world: World) -> None:
    borrower = world.person()
    listing = await world.listed(borrower)
    lenders = [await world.rich(100_000) for _ in range(30)]
    bids = await asyncio.gather(*(lender.bid(listing["id"], 100_000) for lender in lenders))
    for lender, bid in zip(lenders, bids, strict=True):
        while bid.get("code") == "busy":
            bid = await lender.bid(listing["id"], 100_000)
    await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    every = (await world.operator.get("/v1/bids", limit=200))["items"]
    assert [bid["state"] for bid in every] == ["funded"] * 10
    balances = sorted([(await lender.balance()) for lender in lenders])
    assert balances == [(0, 0)] * 10 + [(100_000, 100_000)] * 20
    codes = {bid["code"] for bid in bids if "code" in bid}
    assert codes <= {"bid_too_large", "listing_closed", "busy"}
    await world.audit()


async def test_unfilled_at_its_deadline_every_hold_is_released(world: World) -> None:
    borrower = world.person()
    listing = await world.listed(borrower)
    lenders = [await world.rich(200_000) for _ in range(3)]
    for lender in lenders:
        assert (await lender.bid(listing["id"], 150_000))["state"] == "placed"
        assert await lender.balance() == (200_000, 50_000)
    await world.pass_time(timedelta(days=7))
    failed = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "failed")
    assert failed["reason"] == "deadline"
    for lender in lenders:
        assert await lender.balance() == (200_000, 200_000)
        bid = (await lender.lending.get("/v1/bids"))["items"][0]
        assert (bid["state"], bid["reason"]) == ("released", "listing_failed")
    assert (await world.events("p2p.listing.unfilled.v1"))[0]["data"]["reason"] == "deadline"
    late = await lenders[0].lending.refused(f"/v1/listings/{listing['id']}/bids", {"amount": 50_000, "currency": "CNY"})
    assert late == (409, "listing_closed", None)
    application = (await borrower.lending.get("/v1/applications"))["items"][0]
    assert application["state"] == "approved"
    again = await borrower.lending.made(f"/v1/applications/{application['id']}/listing", TERMS)
    assert again["state"] == "open"
    await world.audit()


async def test_the_borrower_takes_her_listing_back(world: World) -> None:
    borrower, lender = world.person(), await world.rich(200_000)
    listing = await world.listed(borrower)
    await lender.bid(listing["id"], 200_000)
    path = f"/v1/listings/{listing['id']}/cancellation"
    assert await lender.lending.refused(path) == (404, "unknown_listing", "listing_id")
    taken_back = await borrower.lending.made(path, status=200)
    assert (taken_back["state"], taken_back["reason"]) == ("failed", "withdrawn")
    assert await lender.balance() == (200_000, 200_000)
    assert await borrower.lending.refused(path) == (409, "not_allowed_in_state", None)
    await world.audit()


async def test_a_bid_is_taken_back_before_the_listing_is_full(world: World) -> None:
    borrower, lender, other = world.person(), await world.rich(300_000), await world.rich(100_000)
    listing = await world.listed(borrower)
    bid = await lender.bid(listing["id"], 300_000)
    path = f"/v1/bids/{bid['id']}/withdrawal"
    assert await other.lending.refused(path) == (404, "unknown_bid", "bid_id")
    assert (await other.lending.get(f"/v1/bids/{bid['id']}", 404))["code"] == "unknown_bid"
    released = await lender.lending.made(path, status=200)
    assert (released["state"], released["reason"]) == ("released", "withdrawn")
    assert await lender.balance() == (300_000, 300_000)
    assert (await lender.lending.get(f"/v1/listings/{listing['id']}"))["left_minor"] == 1_000_000
    assert await lender.lending.refused(path) == (409, "not_allowed_in_state", None)
    await world.audit()


async def test_a_funded_bid_is_not_taken_back(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    bid = (await lent.lenders[0].lending.get("/v1/bids"))["items"][0]
    refused = await lent.lenders[0].lending.refused(f"/v1/bids/{bid['id']}/withdrawal")
    assert refused == (409, "not_allowed_in_state", None)


async def test_a_bid_without_money_or_wallet_is_refused_and_takes_no_room(world: World) -> None:
    borrower, poor, walletless = world.person(), await world.rich(50_000), world.person()
    listing = await world.listed(borrower)
    refused = await poor.bid(listing["id"], 100_000)
    assert (refused["state"], refused["reason"]) == ("refused", "insufficient_funds")
    refused = await walletless.bid(listing["id"], 100_000)
    assert (refused["state"], refused["reason"]) == ("refused", "no_wallet")
    assert (await poor.lending.get(f"/v1/listings/{listing['id']}"))["committed_minor"] == 0
    assert await poor.balance() == (50_000, 50_000)
    await world.audit()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amount": 1_005_000}, (409, "bid_too_large", "amount")),
        ({"amount": 4_000}, (422, "below_lot", "amount")),
        ({"amount": 7_500}, (422, "not_in_lots", "amount")),
        ({"currency": "USD"}, (422, "currency_differs", "currency")),
    ],
)
async def test_what_a_bid_is_refused_for(world: World, body: dict[str, Any], expected: tuple[int, str, str]) -> None:
    listing = await world.listed(world.person())
    lender = await world.rich(2_000_000)
    wish = {"amount": 100_000, "currency": "CNY"} | body
    assert await lender.lending.refused(f"/v1/listings/{listing['id']}/bids", wish) == expected
    assert (await lender.lending.get("/v1/bids"))["items"] == []
    assert await lender.balance() == (2_000_000, 2_000_000)


async def test_nobody_bids_on_her_own_listing_and_staff_lends_nothing(world: World) -> None:
    borrower = world.person()
    listing = await world.listed(borrower)
    path, body = f"/v1/listings/{listing['id']}/bids", {"amount": 100_000, "currency": "CNY"}
    assert await borrower.lending.refused(path, body) == (409, "own_listing", "listing_id")
    assert await world.operator.refused(path, body) == (403, "customers_only", None)
    unknown = f"/v1/listings/{'lst_' + '0' * 26}/bids"
    assert await borrower.lending.refused(unknown, body) == (404, "unknown_listing", "listing_id")


async def test_the_same_key_bids_once(world: World) -> None:
    listing = await world.listed(world.person())
    lender = await world.rich(300_000)
    path, body = f"/v1/listings/{listing['id']}/bids", {"amount": 100_000, "currency": "CNY"}
    answers = await asyncio.gather(*(lender.lending.post(path, body, key="once") for _ in range(5)))
    assert {answer.json().get("id") for answer in answers if answer.status_code < 300} != set()
    assert len((await lender.lending.get("/v1/bids"))["items"]) == 1
    assert await lender.balance() == (300_000, 200_000)


async def test_a_listing_shows_its_borrower_to_nobody_else(world: World) -> None:
    borrower, lender = world.person(), world.person()
    listing = await world.listed(borrower)
    assert listing["borrower"] == borrower.id
    seen = await lender.lending.get(f"/v1/listings/{listing['id']}")
    assert (seen["borrower"], seen["application_id"], seen["account_id"]) == (None, None, None)
    assert [one["id"] for one in (await lender.lending.get("/v1/listings", state="open"))["items"]] == [listing["id"]]
    assert (await lender.lending.get("/v1/listings", state="failed"))["items"] == []
    assert (await lender.lending.get("/v1/listings", mine=True))["items"] == []
    assert (await lender.lending.get(f"/v1/listings/{listing['id']}/steps", 404))["code"] == "unknown_listing"


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


async def test_an_instalment_is_shared_to_the_minor_unit(world: World) -> None:
    lent = await world.disbursed([335_000, 330_000, 335_000])
    row = (await lent.rows())[0]
    answer = await lent.repay(row["payment_minor"])
    repaid = answer.json()
    assert (answer.status_code, repaid["state"], repaid["row"]) == (201, "shared", 1)
    shares = (await world.operator.get(f"/v1/repayments/{repaid['id']}/shares"))["items"]
    assert sum(one["amount_minor"] for one in shares if one["kind"] == "principal") == row["principal_minor"]
    assert sum(one["amount_minor"] for one in shares if one["kind"] == "interest") == row["interest_minor"]
    assert len(shares) == 6
    for lender in lent.lenders:
        own = sum(one["amount_minor"] for one in shares if one["holder"] == lender.id)
        assert await lender.balance() == (own, own)
    assert (await lent.borrower.balance())[0] == 995_000 - row["payment_minor"]
    assert (await lent.rows())[0]["repayment_id"] == repaid["id"]
    shared = (await world.events("p2p.repayment.shared.v1"))[0]["data"]
    assert (shared["amount"], shared["holders"]) == (row["payment_minor"], 3)
    assert shared["outstanding_minor"] == 1_000_000 - row["principal_minor"]
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


async def test_twenty_at_once_repay_one_instalment(world: World) -> None:
    lent = await world.disbursed([500_000, 500_000])
    amount = (await lent.rows())[0]["payment_minor"]
    answers = await asyncio.gather(*(lent.repay(amount) for _ in range(20)))
    shared = [answer for answer in answers if answer.status_code == 201]
    paid = {answer.json()["row"] for answer in shared}
    assert len(paid) == len(shared)
    codes = {answer.json()["code"] for answer in answers if answer.status_code >= 400}
    assert codes <= {"repayment_under_way", "amount_differs", "busy"}
    rows = await lent.rows()
    assert (await lent.borrower.balance())[0] == 995_000 - sum(row["payment_minor"] for row in rows if row["paid_at"])
    await world.audit()


async def test_a_repayment_without_money_is_refused_and_may_be_tried_again(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    source = await world._money_source()
    wallet = await lent.borrower.wallet()
    await world.move(wallet["account_id"], source, 990_000)
    amount = (await lent.rows())[0]["payment_minor"]
    refused = (await lent.repay(amount)).json()
    assert (refused["state"], refused["reason"], refused["attempt"]) == ("refused", "insufficient_funds", 1)
    assert await lent.lenders[0].balance() == (0, 0)
    assert (await lent.rows())[0]["paid_at"] is None
    await world.give(lent.borrower, 990_000)
    shared = (await lent.repay(amount)).json()
    assert (shared["state"], shared["attempt"]) == ("shared", 2)
    assert await lent.lenders[0].balance() == (amount, amount)
    assert len(await world.events("p2p.repayment.refused.v1")) == 1
    await world.audit()


async def test_what_a_repayment_is_refused_for(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    amount = (await lent.rows())[0]["payment_minor"]
    door = lent.borrower.lending
    assert await door.refused(path, {"amount": amount + 1, "currency": "CNY"}) == (422, "amount_differs", "amount")
    assert await door.refused(path, {"amount": amount, "currency": "USD"}) == (422, "currency_differs", "currency")
    other = lent.lenders[0].lending
    assert await other.refused(path, {"amount": amount, "currency": "CNY"}) == (404, "unknown_loan", "loan_id")
    assert (await other.get(path, 404))["code"] == "unknown_loan"
    assert await world.operator.refused(path, {"amount": amount, "currency": "CNY"}) == (404, "unknown_loan", "loan_id")


async def test_a_loan_is_repaid_to_the_end_and_every_claim_is_zero(world: World) -> None:
    lent = await world.disbursed([105_000, 95_000, 100_000], term_months=3, method="equal_principal")
    await world.give(lent.borrower, 100_000)
    for row in await lent.rows():
        assert (await lent.repay(row["payment_minor"])).json()["state"] == "shared"
        await world.audit()
    loan = await lent.borrower.lending.get(f"/v1/loans/{lent.loan['id']}")
    assert (loan["state"], loan["outstanding_minor"]) == ("repaid", 0)
    for lender, funded in zip(lent.lenders, (105_000, 95_000, 100_000), strict=True):
        claim = (await lender.lending.get("/v1/claims"))["items"][0]
        assert (claim["outstanding_minor"], claim["principal_received_minor"]) == (0, funded)
        assert (await lender.balance())[0] == funded + claim["interest_received_minor"]
    assert len(await world.events("p2p.loan.repaid.v1")) == 1
    path = f"/v1/loans/{lent.loan['id']}/repayments"
    refused = await lent.borrower.lending.refused(path, {"amount": 1, "currency": "CNY"})
    assert refused == (409, "nothing_owed", None)


async def test_a_lender_sees_her_claims_and_what_they_yield(world: World) -> None:
    lent = await world.disbursed([400_000, 600_000])
    lender = lent.lenders[0]
    claim = (await lender.lending.get("/v1/claims"))["items"][0]
    assert (claim["funded_minor"], claim["outstanding_minor"], claim["loan_state"]) == (400_000, 400_000, "repaying")
    assert sum(one["principal_minor"] for one in claim["expected"]) == 400_000
    assert 0.10 < float(claim["xirr"]) < 0.107
    assert not claim["overdue"]
    portfolio = (await lender.lending.get("/v1/portfolio"))["items"][0]
    assert (portfolio["outstanding_minor"], portfolio["claims"]) == (400_000, 1)
    assert portfolio["by_state"] == {"current": 400_000}
    assert len(portfolio["expected"]) == 12
    await world.pass_time(timedelta(days=40))
    claim = (await lender.lending.get("/v1/claims"))["items"][0]
    assert claim["overdue"]
    assert claim["accrued_minor"] > 0
    assert (await lender.lending.get("/v1/portfolio"))["items"][0]["by_state"] == {"overdue": 400_000}
    seen = await lender.lending.get(f"/v1/loans/{lent.loan['id']}")
    assert seen["borrower"] is None
    assert len((await lender.lending.get(f"/v1/loans/{lent.loan['id']}/schedule"))["rows"]) == 12


async def test_two_bids_of_one_lender_are_one_claim(world: World) -> None:
    borrower, lender = world.person(), await world.rich(1_000_000)
    listing = await world.listed(borrower)
    for amount in (400_000, 600_000):
        await lender.bid(listing["id"], amount)
    await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    claims = (await lender.lending.get("/v1/claims"))["items"]
    assert [claim["funded_minor"] for claim in claims] == [1_000_000]
    await world.audit()


async def test_another_customers_loan_is_unknown(world: World) -> None:
    lent = await world.disbursed([1_000_000])
    stranger = world.person()
    for path in (f"/v1/loans/{lent.loan['id']}", f"/v1/loans/{lent.loan['id']}/schedule"):
        assert (await stranger.lending.get(path, 404))["code"] == "unknown_loan"
    assert (await stranger.lending.get("/v1/loans"))["items"] == []
    assert (await stranger.lending.get("/v1/claims"))["items"] == []


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
