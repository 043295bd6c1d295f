"""Auctions on the real database, in a transaction that is rolled back."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from chassis.database import Tx
from clients.ids import new_id
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.model import BidState
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import filling
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import ListingState
from tests.conftest import MakeRuntime
from tests.p2p.runs import LEDGER, auctioned, audited, lender_of, listed


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


async def test_who_is_outbid_is_released_at_once_and_all_winners_lend_at_one_rate(tx: Tx) -> None:
    listing, made = await auctioned(tx, ("0.1", 60_000), ("0.09", 40_000), ("0.08", 50_000), ("0.09", 40_000))
    dear = await bid_actions.loaded(tx, made[0])
    assert (dear.state, dear.reason) == (BidState.RELEASING, "outbid")
    assert "p2p.release_listing" in [job.name for job in tx.jobs.take()]
    assert (await filling.close(tx, LEDGER, listing_id=listing.id)).state is ListingState.OPEN
    tx.now = listing.closes_at
    closed = await filling.close(tx, LEDGER, listing_id=listing.id)
    assert (closed.state, closed.annual_rate, closed.placed_minor) == (
        ListingState.DISBURSING,
        Decimal("0.09"),
        100_000,
    )
    won = [await bid_actions.loaded(tx, one) for one in made[1:]]
    assert [(bid.amount_minor, bid.held_minor) for bid in won] == [(25_000, 40_000), (50_000, None), (25_000, 40_000)]
    await audited(tx)


async def test_an_auction_that_is_not_covered_fails_and_one_with_an_open_answer_waits(tx: Tx) -> None:
    listing, _ = await auctioned(tx, ("0.05", 4_000))
    waiting = await bid_actions.place(
        tx, await lender_of(tx), listing_id=listing.id, amount_minor=1_000, currency="CNY",
        annual_rate=Decimal("0.05"),
    )  # fmt: skip
    tx.now = listing.closes_at
    assert (await filling.close(tx, LEDGER, listing_id=listing.id)).state is ListingState.OPEN
    await filling.record_hold(tx, LEDGER, bid_id=waiting.id, account_id=new_id(), hold_id=new_id(), refused=None)
    assert (await filling.close(tx, LEDGER, listing_id=listing.id)).state is ListingState.RELEASING


async def test_an_auction_ends_once_nobody_can_bid_less(tx: Tx) -> None:
    listing, _ = await auctioned(tx, ("0.04", 50_000), ("0.03", 60_000), ("0.03", 40_000))
    ended = await listing_actions.locked(tx, listing.id)
    assert (ended.state, ended.annual_rate) == (ListingState.DISBURSING, Decimal("0.03"))
    await audited(tx)


async def test_an_auction_goes_on_when_the_hold_it_waited_for_is_refused(tx: Tx) -> None:
    """It is covered at the lowest rate: with nothing open nobody can bid less."""
    listing = await listed(tx, programme_code="reverse_auction", programme_version=1, highest_rate=Decimal("0.1"))
    facts = {"listing_id": listing.id, "currency": "CNY", "annual_rate": Decimal("0.03")}
    asked = [await bid_actions.place(tx, await lender_of(tx), amount_minor=100_000, **facts) for _ in range(2)]  # type: ignore[arg-type]
    held = {"account_id": new_id(), "hold_id": new_id(), "refused": None}
    await filling.record_hold(tx, LEDGER, bid_id=asked[0].id, **held)  # type: ignore[arg-type]
    assert (await listing_actions.locked(tx, listing.id)).state is ListingState.OPEN
    refused = {"account_id": None, "hold_id": None, "refused": "insufficient_funds"}
    await filling.record_hold(tx, LEDGER, bid_id=asked[1].id, **refused)  # type: ignore[arg-type]
    assert (await listing_actions.locked(tx, listing.id)).state is ListingState.DISBURSING
    await audited(tx)


async def test_an_auction_that_waits_for_a_hold_is_not_looked_at(tx: Tx) -> None:
    """Five hundred of them would keep every other listing from its deadline."""
    listing, _ = await auctioned(tx, ("0.05", 4_000))
    waiting = await bid_actions.place(
        tx, await lender_of(tx), listing_id=listing.id, amount_minor=1_000, currency="CNY", annual_rate=Decimal("0.05")
    )
    assert listing.id not in await listing_queries.past_deadline(tx.connection, listing.closes_at, 500)
    refused = {"account_id": None, "hold_id": None, "refused": "insufficient_funds"}
    await filling.record_hold(tx, LEDGER, bid_id=waiting.id, **refused)  # type: ignore[arg-type]
    assert listing.id in await listing_queries.past_deadline(tx.connection, listing.closes_at, 500)


async def test_bids_to_release_are_read_in_slices(tx: Tx) -> None:
    listing, made = await auctioned(tx, ("0.1", 60_000), ("0.1", 60_000), ("0.08", 100_000))
    dear = sorted(made[:2])
    first = await bid_queries.releasing(tx.connection, listing.id, limit=1)
    rest = await bid_queries.releasing(tx.connection, listing.id, after=first[-1].id, limit=1)
    assert [bid.id for bid in (*first, *rest)] == dear
    assert await bid_queries.releasing(tx.connection, listing.id, after=dear[-1]) == []
