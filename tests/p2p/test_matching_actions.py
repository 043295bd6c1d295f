"""Runs on the real database, in a transaction that is rolled back, beside a naive second model that looks at every order in turn."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.events import BidsTold
from services.p2p.bids.model import BidState
from services.p2p.bids.tables import bids
from services.p2p.errors import AboveLenderShare
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending, filling
from services.p2p.listings.model import Listing, ListingState
from services.p2p.loans import actions as loan_actions
from services.p2p.matching import actions, queries
from services.p2p.matching.model import Outcome
from services.p2p.matching.rules import wanted_of
from services.p2p.offers.rules import Offer
from services.p2p.programmes import queries as programme_queries
from services.p2p.standing_orders import actions as order_actions
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.model import OrderState
from services.p2p.standing_orders.rules import fill_of, obstacles
from services.p2p.standing_orders.tables import standing_orders
from services.p2p.verification import queries as verification_queries
from tests.conftest import MakeRuntime
from tests.p2p.runs import LEDGER, answer, audited, filled, lender_of, listed, ordered, run_through, why


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@pytest.mark.parametrize("seed", range(3))
async def test_the_queue_is_that_of_a_naive_second_model(tx: Tx, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several criteria, one lender with several orders, caps, wallets that refuse; the queue read a few orders at a time."""
    monkeypatch.setattr(actions, "LEAST_LOOK", 1)
    chance = random.Random(seed)
    lenders = [encode("cus", new_id()) for _ in range(20)]
    book = [
        await ordered(
            tx,
            chance.choice(lenders),
            floor=chance.choice(["0.05", "0.06", "0.11"]),
            most_minor=chance.choice([1_000, 4_500, 20_000]),
            share_cap=chance.choice([Decimal(1), Decimal("0.02"), Decimal("0.005")]),
            budget_minor=chance.choice([1_000, 3_000, 50_000]),
        )
        for _ in range(40)
    ]
    refusing = {order.id for order in book if chance.random() < 0.3}
    listing = await listed(tx, amount_minor=60_000)
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    expected: dict[UUID, int] = {}
    having, refused = set[str](), set[UUID]()
    left = listing.amount_minor
    while left >= listing.lot_minor:  # a round, from the head of the queue
        chosen: dict[UUID, int] = {}
        lenders_chosen = set[str]()
        open_minor = left
        for order in book:
            wanted = wanted_of(listing, programme, left_minor=open_minor, at=tx.now)
            fill = fill_of(order.bounds, order.left_minor, wanted)
            taken = order.id in refused or order.lender in having | lenders_chosen
            if open_minor < listing.lot_minor or obstacles(order, wanted) or fill is None or taken:
                continue
            chosen[order.id] = fill[0]
            lenders_chosen.add(order.lender)
            open_minor -= fill[0]
        if not chosen:
            break
        stand = {one: amount for one, amount in chosen.items() if one not in refusing}
        refused |= chosen.keys() - stand.keys()
        having |= {order.lender for order in book if order.id in stand}
        expected |= stand
        left -= sum(stand.values())
    outcome, _ = await run_through(tx, listing, list(refusing))
    found = await filled(tx, listing)
    if outcome is Outcome.FULL:
        contract = await listing_actions.locked(tx, listing.id)
        assert contract.state is ListingState.DISBURSING
    assert found == expected
    assert (outcome is Outcome.FULL) == (left == 0)
    await audited(tx)


async def test_refused_holds_are_refilled_and_the_third_pauses(tx: Tx) -> None:
    poor = await ordered(tx)
    rich = [await ordered(tx, most_minor=50_000, budget_minor=10**6) for _ in range(4)]
    for number in range(1, 5):
        listing = await listed(tx)
        assert await run_through(tx, listing, [poor.id]) == (Outcome.FULL, 1 if number == 4 else 2)
        after = await order_queries.load(tx.connection, poor.id)
        assert after is not None
        assert (after.committed_minor, after.refusals) == (0, min(number, 3))
        assert (after.place, after.queued_at) == (poor.place, poor.queued_at), (
            "who was not filled stands where she stood"
        )
        assert after.state is (OrderState.PAUSED if number >= 3 else OrderState.ACTIVE)
    assert after.reason == "three_refusals"
    assert "p2p.standing_order.paused.v1" in [event.type for event in tx.events.take()]
    shares = [(await order_queries.load(tx.connection, order.id)) for order in rich]
    assert sum(order.committed_minor for order in shares if order) == 4 * 100_000
    await audited(tx)


async def test_what_was_refused_is_offered_from_the_head_of_the_queue(tx: Tx) -> None:
    """The third wants more than was left of the listing at first, and stands before the fourth."""
    await ordered(tx, most_minor=60_000, budget_minor=60_000)
    poor = await ordered(tx, most_minor=38_000, budget_minor=38_000)
    third = await ordered(tx, least_minor=5_000, most_minor=30_000)
    fourth = await ordered(tx, most_minor=30_000)
    fifth = await ordered(tx, most_minor=30_000)
    listing = await listed(tx)
    assert await run_through(tx, listing, [poor.id]) == (Outcome.FULL, 2)
    found = await filled(tx, listing)
    assert (found[third.id], found[fourth.id], found[fifth.id]) == (30_000, 2_000, 8_000)
    (told,) = await why(tx, third, listing)
    assert (told.verdict, told.amount_minor, told.reasons) == ("filled", 30_000, ())
    await audited(tx)


async def test_another_order_of_a_lender_is_asked_when_her_first_is_refused(tx: Tx) -> None:
    first = await ordered(tx, most_minor=100_000, budget_minor=100_000)
    second = await ordered(tx, first.lender, most_minor=100_000, budget_minor=100_000)
    listing = await listed(tx)
    assert await run_through(tx, listing, [first.id]) == (Outcome.FULL, 2)
    assert await filled(tx, listing) == {second.id: 100_000}
    await audited(tx)


async def test_an_order_is_refused_once_a_listing_however_often_room_comes_free(tx: Tx) -> None:
    """Else whoever bids without money, three times, pauses all orders that lack it."""
    poor, listing = await ordered(tx), await listed(tx)
    await run_through(tx, listing, [poor.id])
    for _ in range(3):
        bid = await bid_actions.place(
            tx, await lender_of(tx), listing_id=listing.id, amount_minor=1_000, currency="CNY"
        )
        await filling.record_hold(
            tx, LEDGER, bid_id=bid.id, account_id=None, hold_id=None, refused="insufficient_funds"
        )
        assert await run_through(tx, listing, [poor.id]) == (Outcome.EXHAUSTED, 0)
    after = await order_queries.load(tx.connection, poor.id)
    assert after is not None
    assert (after.state, after.refusals) == (OrderState.ACTIVE, 1)
    assert [(one.verdict, one.reasons) for one in await why(tx, poor, listing)] == [
        ("refused", ("insufficient_funds",)),
        *[("not_eligible", ("refused_before",))] * 3,
    ]
    await audited(tx)


async def test_a_round_ends_where_it_has_looked_at_enough(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """More orders of one lender than a round looks at: with a bid of hers none of them is looked at again."""
    monkeypatch.setattr(actions, "LEAST_LOOK", 1)
    monkeypatch.setattr(actions, "LARGEST_ROUND", 3)
    lender = encode("cus", new_id())
    same = [await ordered(tx, lender) for _ in range(20)]
    others = [await ordered(tx) for _ in range(5)]
    listing = await listed(tx, lot_minor=20_000)
    assert await run_through(tx, listing) == (Outcome.FULL, 2)
    chosen = [same[0], *others[:4]]
    assert await filled(tx, listing) == {order.id: 20_000 for order in chosen}
    (run,) = await queries.runs(tx.connection, listing.id)
    assert [one.considered for one in await queries.rounds(tx.connection, run.id)] == [6, 4]
    await audited(tx)


async def test_a_hold_that_stands_forgets_the_refusals_before(tx: Tx) -> None:
    order = await ordered(tx, most_minor=100_000, budget_minor=100_000)
    for refusing, refusals in (([order.id], 1), ([order.id], 2), ([], 0)):
        await run_through(tx, await listed(tx), refusing)
        found = await order_queries.load(tx.connection, order.id)
        assert found is not None
        assert found.refusals == refusals
    await audited(tx)


async def test_what_is_released_gives_its_budget_back_and_room_is_matched_again(tx: Tx) -> None:
    first, second = await ordered(tx, most_minor=60_000, budget_minor=60_000), await ordered(tx)
    listing = await listed(tx)
    assert await run_through(tx, listing) == (Outcome.EXHAUSTED, 1)
    lender = Caller(first.lender, "gateway", frozenset({"p2p:write"}))
    (bid,) = [one for one in await bid_queries.placed(tx.connection, listing.id) if one.lender == first.lender]
    await bid_actions.withdraw(tx, lender, bid_id=bid.id)
    assert (await run_through(tx, listing))[0] is Outcome.EXHAUSTED
    found = [one.amount_minor for one in await bid_queries.placed(tx.connection, listing.id)]
    assert found == [20_000], "who took her bid back is not asked again for that listing"
    await ending.fail(tx, await listing_actions.locked(tx, listing.id), reason="withdrawn", taken_by="tests")
    for order in (first, second):
        after = await order_queries.load(tx.connection, order.id)
        assert after is not None
        assert after.committed_minor == 0
    await audited(tx)


async def test_holds_answered_after_the_listing_ended_are_released(tx: Tx) -> None:
    order, listing = await ordered(tx), await listed(tx)
    await actions.next_round(tx, LEDGER, listing_id=listing.id)
    await ending.fail(tx, await listing_actions.locked(tx, listing.id), reason="withdrawn", taken_by="tests")
    (bid,) = await answer(tx, listing)
    found = await bid_actions.loaded(tx, bid.bid_id)
    assert (found.state, found.reason) == (BidState.RELEASING, "listing_failed")
    await ending.record_released(tx, LEDGER, listing_id=listing.id, bid_ids=[bid.bid_id])
    assert (await listing_actions.locked(tx, listing.id)).state is ListingState.FAILED
    after = await order_queries.load(tx.connection, order.id)
    assert after is not None
    assert after.committed_minor == 0
    assert await run_through(tx, listing) == (Outcome.CLOSED, 1)


async def test_time_ends_orders_once(tx: Tx) -> None:
    order = await ordered(tx)
    assert (await order_actions.expire(tx, LEDGER, order_id=order.id)).state is OrderState.ACTIVE
    tx.now = order.expires_at
    assert await order_queries.past_expiry(tx.connection, tx.now, 10) == [order.id]
    for _ in range(2):
        ended = await order_actions.expire(tx, LEDGER, order_id=order.id)
        assert (ended.state, ended.reason, ended.version) == (OrderState.ENDED, "expired", 2)
    assert await order_queries.past_expiry(tx.connection, tx.now, 10) == []


async def test_a_broken_row_is_found(tx: Tx) -> None:
    order, listing = await ordered(tx), await listed(tx)
    await run_through(tx, listing)
    await audited(tx)
    await tx.connection.execute(
        update(standing_orders).where(standing_orders.c.id == order.id).values(committed_minor=1_000)
    )
    found = await verification_queries.checks(tx.connection)
    assert found["order_commits_what_its_bids_take"][1] == [order.id]
    assert found["order_is_its_newest_version"][1] == [order.id]
    late = await verification_queries.past_deadline(tx.connection, order.expires_at + timedelta(days=1))
    assert late["order_past_its_expiry"][1] == [order.id]


async def test_what_the_table_refuses(tx: Tx) -> None:
    order = await ordered(tx)
    refused: dict[str, dict[str, object]] = {
        "within_budget": {"committed_minor": 50_001},
        "bounds_possible": {"least_minor": 20_001},
        "refusals_pause": {"refusals": 3},
        "active_in_the_queue": {"place": None, "queued_at": None},
        "active_with_wallet": {"account_id": None},
        "state_known": {"state": "asleep"},
    }
    for constraint, changes in refused.items():
        with pytest.raises(IntegrityError, match=constraint):
            async with tx.connection.begin_nested():
                await tx.connection.execute(
                    update(standing_orders).where(standing_orders.c.id == order.id).values(changes)
                )


async def test_one_lender_takes_no_more_than_the_programme_lets_her(tx: Tx) -> None:
    programme = await programme_queries.version(tx.connection, "open_auction", 2)
    assert programme is not None
    await programme_queries.add(tx.connection, replace(programme, version=3, largest_lender_share=Decimal("0.2")))
    listing, lender = await listed(tx, programme_version=3), await lender_of(tx)
    facts = {"listing_id": listing.id, "currency": "CNY"}
    await bid_actions.place(tx, lender, amount_minor=15_000, **facts)  # type: ignore[arg-type]
    with pytest.raises(AboveLenderShare) as refused:
        await bid_actions.place(tx, lender, amount_minor=6_000, **facts)  # type: ignore[arg-type]
    assert refused.value.facts["most_minor"] == 20_000
    await ordered(tx, (await lender_of(tx)).party, most_minor=100_000, budget_minor=100_000)
    await run_through(tx, listing)
    assert sorted((await filled(tx, listing)).values()) == [20_000]


async def test_who_has_no_risk_level_is_passed_over_and_told_why(tx: Tx) -> None:
    listing = await listed(tx, programme_version=2)
    without = await ordered(tx)
    fit = await ordered(tx, (await lender_of(tx)).party)
    await run_through(tx, listing)
    assert set(await filled(tx, listing)) == {fit.id}
    assert await queries.decisions_of(tx.connection, without.id, listing.id) == [], "nothing is written of her"
    (told,) = await why(tx, without, listing)
    assert (told.verdict, told.reasons) == ("not_eligible", ("level_too_low",))


async def test_bids_of_orders_name_no_rate(tx: Tx) -> None:
    order, listing = await ordered(tx), await listed(tx)
    await run_through(tx, listing)
    with pytest.raises(IntegrityError, match="orders_bid_no_rate"):
        await tx.connection.execute(
            update(bids).where(bids.c.standing_order_id == order.id).values(annual_rate=Decimal("0.1"))
        )


async def test_a_round_is_told_in_one_event_as_its_shape_says(tx: Tx) -> None:
    made = [await ordered(tx) for _ in range(3)]
    listing = await listed(tx)
    await run_through(tx, listing)
    (told,) = [event for event in tx.events.take() if event.type == "p2p.bids.placed.v1"]
    shaped = BidsTold.model_validate(told.data)
    assert shaped.model_dump(mode="json") == told.data
    placed = await bid_queries.placed(tx.connection, listing.id)
    assert [(one.bid_id, one.standing_order_id, one.lender, one.amount) for one in shaped.placed] == [
        (bid.id, bid.standing_order_id, bid.lender, bid.amount_minor) for bid in placed
    ]
    assert {one.standing_order_id for one in shaped.placed} == {order.id for order in made}


async def test_holds_of_a_listing_that_the_law_refuses_on_its_last_day_go_back(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was full, and never a contract: what completed it is released with what had been placed before."""
    allowed = loan_actions.offer_now

    async def refused(tx: Tx, listing: Listing) -> Offer:
        offer = await allowed(tx, listing)
        return replace(offer, ceiling=replace(offer.ceiling, verdict="void"))

    monkeypatch.setattr(loan_actions, "offer_now", refused)
    order, listing = await ordered(tx, most_minor=60_000, budget_minor=60_000), await listed(tx)
    bid = await bid_actions.place(tx, await lender_of(tx), listing_id=listing.id, amount_minor=40_000, currency="CNY")
    await filling.record_hold(tx, LEDGER, bid_id=bid.id, account_id=new_id(), hold_id=new_id(), refused=None)
    assert await run_through(tx, listing) == (Outcome.FULL, 1)
    failing = await listing_actions.locked(tx, listing.id)
    assert (failing.state, failing.reason, failing.committed_minor) == (ListingState.RELEASING, "above_rate_ceiling", 0)
    back = await bid_queries.releasing(tx.connection, listing.id)
    assert sorted(one.amount_minor for one in back) == [40_000, 60_000]
    await ending.record_released(tx, LEDGER, listing_id=listing.id, bid_ids=[one.id for one in back])
    assert (await listing_actions.locked(tx, listing.id)).state is ListingState.FAILED
    after = await order_queries.load(tx.connection, order.id)
    assert after is not None
    assert after.committed_minor == 0
    await audited(tx)


async def test_a_bid_that_does_not_know_its_hold_yet_asks_for_the_same(tx: Tx) -> None:
    """As those do that were made before bids knew it."""
    order, listing = await ordered(tx), await listed(tx)
    await actions.next_round(tx, LEDGER, listing_id=listing.id)
    asked = await queries.asked(tx.connection, listing.id)
    forgotten = update(bids).where(bids.c.listing_id == listing.id).values(account_id=None, hold_id=None)
    await tx.connection.execute(forgotten)
    assert await queries.asked(tx.connection, listing.id) == asked
    await answer(tx, listing)
    (bid,) = await bid_queries.placed(tx.connection, listing.id)
    assert (bid.hold_id, bid.account_id) == (asked[0].hold_id, order.account_id)
    await audited(tx)
