"""Stories of lending with the real payments beside: bid for, raced for, filled, paid out, released."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.p2p.people import TERMS, World


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
    assert (lent.loan["annual_rate"], lent.loan["programme_version"]) == ("0.06", 2)
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


@pytest.mark.by_itself("p2p.close_listings")
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
    await walletless.assess()
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


async def test_two_bids_of_one_lender_are_one_claim(world: World) -> None:
    borrower, lender = world.person(), await world.rich(1_000_000)
    listing = await world.listed(borrower)
    for amount in (400_000, 600_000):
        await lender.bid(listing["id"], amount)
    await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    claims = (await lender.lending.get("/v1/claims"))["items"]
    assert [claim["funded_minor"] for claim in claims] == [1_000_000]
    await world.audit()
