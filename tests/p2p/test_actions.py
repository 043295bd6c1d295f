"""Stories called directly on the real database, in a transaction that is rolled back; and what the tables themselves refuse."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.applications import queries as application_queries
from services.p2p.bids import actions as bid_actions
from services.p2p.bids.model import BidState
from services.p2p.bids.tables import bids
from services.p2p.errors import BidTooLarge, ListingClosed, TooManyHolders
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending, filling
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing, ListingState
from services.p2p.loans import queries as loan_queries
from services.p2p.loans.model import LoanState
from tests.conftest import MakeRuntime
from tests.p2p.records import application_of, listing_of

LEDGER = Caller("p2p", "p2p")


@pytest.fixture
async def tx(make_runtime: MakeRuntime) -> AsyncIterator[Tx]:
    runtime = await make_runtime("p2p")
    async with runtime.database.engine.connect() as connection, connection.begin() as transaction:
        yield await runtime.database.begin(connection, seed="tests")
        await transaction.rollback()


@pytest.fixture
async def listing(tx: Tx) -> Listing:
    """Open for 1,000.00, in lots of 0.01."""
    application = application_of(new_id(), lender().party)
    assert await application_queries.add(tx.connection, application)
    made = listing_of(new_id(), application, tx.now + timedelta(days=3))
    await listing_queries.add(tx.connection, made)
    return made


def lender() -> Caller:
    return Caller(encode("cus", new_id()), "gateway", frozenset({"p2p:read", "p2p:write"}))


async def bid(tx: Tx, listing: Listing, amount: int) -> UUID:
    placed = await bid_actions.place(tx, lender(), listing_id=listing.id, amount_minor=amount, currency="CNY")
    return placed.id


async def held(tx: Tx, bid_id: UUID) -> None:
    await filling.record_hold(tx, LEDGER, bid_id=bid_id, account_id=UUID(int=7), hold_id=new_id(), refused=None)


async def test_a_pending_bid_takes_room_and_a_refused_one_gives_it_back(tx: Tx, listing: Listing) -> None:
    first = await bid(tx, listing, 60_000)
    with pytest.raises(BidTooLarge) as refused:
        await bid(tx, listing, 40_001)
    assert refused.value.facts["left_minor"] == 40_000
    await filling.record_hold(tx, LEDGER, bid_id=first, account_id=None, hold_id=None, refused="insufficient_funds")
    after = await listing_actions.locked(tx, listing.id)
    assert (after.committed_minor, after.placed_minor) == (0, 0)
    await bid(tx, listing, 100_000)


async def test_a_hold_behind_a_refused_bid_goes_back(tx: Tx, listing: Listing) -> None:
    """The job ran twice at once: one run saw no wallet, the other held the money in the wallet opened in between."""
    twice = await bid(tx, listing, 60_000)
    await filling.record_hold(tx, LEDGER, bid_id=twice, account_id=None, hold_id=None, refused="no_wallet")
    await held(tx, twice)
    found = await bid_actions.loaded(tx, twice)
    assert (found.state, found.account_id) == (BidState.RELEASING, UUID(int=7))
    after = await listing_actions.locked(tx, listing.id)
    assert (after.committed_minor, after.placed_minor) == (0, 0)
    await ending.record_released(tx, LEDGER, listing_id=listing.id, bid_ids=[twice])
    assert (await bid_actions.loaded(tx, twice)).state is BidState.RELEASED


async def test_the_last_hold_makes_the_contract(tx: Tx, listing: Listing) -> None:
    one, other = await bid(tx, listing, 40_000), await bid(tx, listing, 60_000)
    await held(tx, one)
    assert (await listing_actions.locked(tx, listing.id)).state is ListingState.OPEN
    await held(tx, other)
    await held(tx, other)
    assert (await listing_actions.locked(tx, listing.id)).state is ListingState.DISBURSING
    loan = await loan_queries.of_listing(tx.connection, listing.id)
    assert loan is not None
    assert (loan.state, loan.outstanding_minor, loan.starts_on) == (LoanState.DISBURSING, 100_000, tx.today)
    rows = await loan_queries.rows(tx.connection, loan.id)
    assert (len(rows), sum(row.principal_minor for row in rows)) == (12, 100_000)
    assert [event.type for event in tx.events.take()] == [
        "p2p.bid.placed.v1",
        "p2p.bid.placed.v1",
        "p2p.listing.filled.v1",
    ]
    with pytest.raises(ListingClosed):
        await bid(tx, listing, 1)


async def test_a_contract_dearer_than_the_law_of_its_day_is_not_made(tx: Tx, listing: Listing) -> None:
    await listing_queries.save(tx.connection, replace(listing, annual_rate=Decimal("0.12")))
    await held(tx, await bid(tx, listing, 100_000))
    after = await listing_actions.locked(tx, listing.id)
    assert (after.state, after.reason) == (ListingState.RELEASING, "above_rate_ceiling")
    assert await loan_queries.of_listing(tx.connection, listing.id) is None


async def test_time_ends_a_listing_once(tx: Tx, listing: Listing) -> None:
    await held(tx, await bid(tx, listing, 50_000))
    assert (await ending.close(tx, LEDGER, listing_id=listing.id)).state is ListingState.OPEN
    tx.now = listing.closes_at
    assert (await ending.close(tx, LEDGER, listing_id=listing.id)).state is ListingState.RELEASING
    assert (await ending.close(tx, LEDGER, listing_id=listing.id)).state is ListingState.RELEASING


async def test_a_loan_has_at_most_two_thousand_holders(tx: Tx, listing: Listing) -> None:
    rows = [
        {
            "id": new_id(),
            "listing_id": listing.id,
            "lender": f"cus_{number}",
            "amount_minor": 1,
            "currency": "CNY",
            "state": BidState.PENDING.value,
            "requested_at": tx.now,
            "changed_at": tx.now,
        }
        for number in range(2000)
    ]
    await tx.connection.execute(insert(bids), rows)
    with pytest.raises(TooManyHolders):
        await bid(tx, listing, 1)


async def test_the_table_itself_refuses_an_overfilled_listing(tx: Tx, listing: Listing) -> None:
    with pytest.raises(IntegrityError, match="never_over_filled"):
        await listing_actions.count(tx, listing, committed_minor=100_001)


async def test_the_table_itself_refuses_a_second_listing_of_an_application(tx: Tx, listing: Listing) -> None:
    with pytest.raises(IntegrityError, match="one_alive"):
        await listing_queries.add(tx.connection, replace(listing, id=new_id(), account_id=new_id()))


@pytest.mark.parametrize(
    "table",
    ["programmes", "application_decisions", "listing_steps", "claim_versions", "repayment_shares", "imports"],
)
async def test_history_cannot_be_edited(tx: Tx, table: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        await tx.connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
