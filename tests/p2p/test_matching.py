"""Standing orders and auctions over HTTP, with the real payments beside: matched, refused by a wallet, refilled, raced for, explained."""

import asyncio
from datetime import timedelta

import pytest

from services.p2p.matching import actions as matching_actions
from tests.p2p.orders import ORDER, ordered, run_of, why
from tests.p2p.people import Lent, World


async def test_a_loan_lent_by_the_queue_from_listing_to_last_repayment(world: World) -> None:
    """The front has no money, the next must keep a reserve, one is not eligible, the last is not reached."""
    poor, careful, strict, *others = [await world.rich(amount) for amount in (4_000, 69_000, 200_000, 200_000, 200_000)]
    front = await ordered(poor)
    reserving = await ordered(careful, reserve=20_000)
    picky = await ordered(strict, lowest_rate="0.11")
    rest = [await ordered(lender, most_amount=150_000, reserve=50_000) for lender in others]
    borrower = world.person()
    listing = await world.listed(borrower, amount=150_000)
    listing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    run = await run_of(world, listing)
    assert (run["outcome"], run["rounds"], run["considered"]) == ("full", 2, 3)
    assert [seen["left"] for seen in run["seen"]] == [150_000, 150_000]
    (told,) = await why(poor, front, listing)
    assert (told["verdict"], told["reasons"], told["position"]) == ("refused", ["insufficient_funds"], 1)
    (told,) = await why(careful, reserving, listing)
    assert (told["verdict"], told["reasons"], told["bid_state"]) == ("refused", ["insufficient_funds"], "refused")
    assert await careful.balance() == (69_000, 69_000)
    (told,) = await why(strict, picky, listing)
    assert (told["verdict"], told["reasons"]) == ("not_eligible", ["rate_below_floor"])
    (told,) = await why(others[0], rest[0], listing)
    assert (told["verdict"], told["amount"], told["position"], told["bid_state"]) == ("filled", 150_000, 3, "funded")
    assert await others[0].balance() == (50_000, 50_000)
    (told,) = await why(others[1], rest[1], listing)
    assert (told["verdict"], told["reasons"]) == ("not_reached", ["full_before"])
    decided = (await world.operator.get(f"/v1/matching-runs/{run['id']}/decisions"))["items"]
    assert [one["standing_order_id"] for one in decided] == [front["id"], reserving["id"], rest[0]["id"]]
    (bid,) = (await others[0].lending.get("/v1/bids"))["items"]
    assert bid["standing_order_id"] == rest[0]["id"]
    loan = await borrower.lending.get(f"/v1/loans/{listing['loan_id']}")
    await world.give(borrower, 100_000)
    lent = Lent(world, borrower, others[:1], listing, loan)
    for row in await lent.rows():
        answer = await lent.repay(row["principal_minor"] + row["interest_minor"])
        assert answer.status_code == 201, answer.text
    assert (await borrower.lending.get(f"/v1/loans/{loan['id']}"))["state"] == "repaid"
    await world.audit()


async def test_a_run_raced_by_lenders_gives_no_room_away_twice(world: World) -> None:
    for lender in [await world.rich(100_000) for _ in range(3)]:
        await ordered(lender)
    borrower, manual = world.person(), [await world.rich(100_000) for _ in range(8)]
    listing = await world.listed(borrower, amount=400_000)
    answers = await asyncio.gather(*(lender.bid(listing["id"], 100_000) for lender in manual))
    listing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    bids = (await world.operator.get("/v1/bids", listing_id=listing["id"], state="funded"))["items"]
    assert sum(bid["amount"] for bid in bids) == 400_000
    by_hand = [bid for bid in bids if bid["standing_order_id"] is None]
    assert len([answer for answer in answers if answer.get("state") in ("placed", "funded")]) == len(by_hand)
    await world.audit()


async def test_a_run_that_died_after_its_holds_finds_them_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lender, borrower = await world.rich(100_000), world.person()
    order = await ordered(lender, reserve=30_000, most_amount=70_000)
    with monkeypatch.context() as dying:
        dying.setattr(matching_actions, "record_holds", _die)
        listing = await world.listed(borrower, amount=200_000)
        while (await lender.balance())[1] != 30_000:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        (told,) = await why(lender, order, listing)
        assert told["verdict"] == "waiting"
    for _ in range(2):
        await world.run_job("p2p.match_listing", listing["id"])
    assert (await run_of(world, listing))["outcome"] == "exhausted"
    (told,) = await why(lender, order, listing)
    assert (told["verdict"], told["amount"]) == ("filled", 70_000)
    assert await lender.balance() == (100_000, 30_000)
    assert (await lender.lending.get(f"/v1/listings/{listing['id']}"))["placed_minor"] == 70_000
    await world.audit()


async def test_what_orders_are_refused_for_and_how_they_change(world: World) -> None:
    lender, other = world.person(), world.person()
    path = "/v1/standing-orders"
    assert await world.operator.refused(path, ORDER) == (403, "customers_only", None)
    contradicting = ORDER | {"least_amount": 200_000, "grades": ["E"]}
    assert await lender.lending.refused(path, contradicting) == (422, "contradictory_bounds", "least_amount")
    late = ORDER | {"expires_at": "2020-01-01T00:00:00Z"}
    assert await lender.lending.refused(path, late) == (422, "expiry_not_allowed", "expires_at")
    order = await ordered(lender)
    own = f"{path}/{order['id']}"
    for step in ("pause", "resumption", "end"):
        refused = await other.lending.refused(f"{own}/{step}")
        assert refused == (404, "unknown_standing_order", "standing_order_id")
    assert (await other.lending.get(own, 404))["code"] == "unknown_standing_order"
    assert await lender.lending.refused(f"{own}/resumption") == (409, "not_allowed_in_state", None)
    paused = await lender.lending.made(f"{own}/pause", status=200)
    assert (paused["state"], paused["reason"]) == ("paused", "by_lender")
    resumed = await lender.lending.made(f"{own}/resumption", status=200)
    assert (resumed["state"], resumed["version"]) == ("active", 4)
    assert resumed["place"] > order["place"]
    ended = await lender.lending.made(f"{own}/end", status=200)
    assert (ended["state"], ended["reason"]) == ("ended", "by_lender")
    assert await lender.lending.refused(f"{own}/pause") == (409, "not_allowed_in_state", None)
    for _ in range(20):
        await ordered(lender)
    assert await lender.lending.refused(path, ORDER) == (409, "too_many_standing_orders", None)
    assert len((await lender.lending.get(path, state="active"))["items"]) == 20
    assert (await other.lending.get(path))["items"] == []
    assert (await other.lending.get("/v1/matching-runs", 403))["code"] == "missing_scope"
    unknown = "mrn_" + "0" * 26
    assert (await world.operator.get(f"/v1/matching-runs/{unknown}", 404))["code"] == "unknown_matching_run"
    body = {"transfers": [], "acting_for": [lender.id]}
    move = {"id": "trf_" + "0" * 25 + "1", "kind": "void", "pending_id": "trf_" + "0" * 26, "code": "tests.none"}
    answer = await world.ledger.http.post("/v1/transfers/bulk", json=body | {"transfers": [move]})
    assert (answer.status_code, answer.json()["code"]) == (403, "acting_not_allowed")
    await world.audit()


@pytest.mark.by_itself("p2p.close_listings")
async def test_an_auction_from_bids_to_one_rate_for_all(world: World) -> None:
    lenders = [await world.rich(600_000) for _ in range(4)]
    borrower = world.person()
    listing = await world.listed(borrower, programme="reverse_auction", annual_rate="0.1")
    assert (listing["highest_rate"], listing["left_minor"]) == ("0.1", 1_000_000)
    path = f"/v1/listings/{listing['id']}/bids"
    body = {"amount": 600_000, "currency": "CNY"}
    for rate in (None, "0.1001", "0.02"):
        named = body if rate is None else body | {"annual_rate": rate}
        assert await lenders[0].lending.refused(path, named) == (422, "rate_out_of_bounds", "annual_rate")
    first, second, third = [
        await lender.lending.made(path, body | {"annual_rate": rate})
        for lender, rate in zip(lenders, ("0.1", "0.08", "0.09"), strict=False)
    ]
    await world.until(lenders[0].lending, f"/v1/bids/{first['id']}", "released")
    assert await lenders[0].balance() == (600_000, 600_000)
    dear = await lenders[3].lending.refused(path, body | {"annual_rate": "0.0901"})
    assert dear == (409, "rate_not_low_enough", "annual_rate")
    withdrawn = await lenders[1].lending.refused(f"/v1/bids/{second['id']}/withdrawal")
    assert withdrawn == (409, "bid_binds", None)
    tie = await lenders[3].lending.made(path, body | {"annual_rate": "0.09", "amount": 200_000})
    standing = await lenders[3].lending.get(f"/v1/listings/{listing['id']}/auction")
    assert (standing["winning_rate"], standing["placed"], standing["placed_minor"]) == ("0.09", 3, 1_400_000)
    await world.pass_time(timedelta(days=7))
    listing = await world.until(borrower.lending, f"/v1/listings/{listing['id']}", "disbursed")
    assert (listing["annual_rate"], listing["highest_rate"]) == ("0.09", "0.1")
    for lender, bid, won in zip(lenders[1:], (second, third, tie), (600_000, 300_000, 100_000), strict=True):
        told = await lender.lending.get(f"/v1/bids/{bid['id']}")
        assert (told["state"], told["amount"]) == ("funded", won)
        assert await lender.balance() == (600_000 - won, 600_000 - won)
    loan = await borrower.lending.get(f"/v1/loans/{listing['loan_id']}")
    assert loan["annual_rate"] == "0.09"
    fixed = await world.listed(world.person())
    named = await lenders[0].lending.refused(f"/v1/listings/{fixed['id']}/bids", body | {"annual_rate": "0.1"})
    assert named == (422, "rate_out_of_bounds", "annual_rate")
    assert (await lenders[0].lending.get(f"/v1/listings/{fixed['id']}/auction", 404))["code"] == "unknown_listing"
    await world.audit()


async def _die(*_: object, **__: object) -> None:
    raise RuntimeError("the process ended here")
