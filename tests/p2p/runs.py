"""Listings, orders and runs in one transaction, as tests of matching and auctions make them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from clients.ids import new_id
from services.p2p.applications import queries as application_queries
from services.p2p.bids import actions as bid_actions
from services.p2p.bids.tables import bids
from services.p2p.lenders import queries as lender_queries
from services.p2p.lenders.model import Assessment
from services.p2p.listings import filling
from services.p2p.listings import queries as listing_queries
from services.p2p.listings.model import Listing
from services.p2p.matching import actions, queries
from services.p2p.matching.beginning import begin
from services.p2p.matching.explaining import Reason, explain
from services.p2p.matching.model import Asked, Hold, Outcome, RunState, Trigger
from services.p2p.programmes import queries as programme_queries
from services.p2p.standing_orders import queries as order_queries
from services.p2p.standing_orders.actions import criteria_of
from services.p2p.standing_orders.model import Bounds, OrderState, StandingOrder
from services.p2p.verification import queries as verification_queries
from tests.p2p.records import application_of, listing_of

LEDGER = Caller("p2p", "p2p")
BOUNDS = Bounds(1_000, 20_000, Decimal(1), 50_000, 0)


async def listed(tx: Tx, **changes: object) -> Listing:
    """Open for 1,000.00 in lots of 10.00, with its run."""
    application = application_of(new_id(), encode("cus", new_id()))
    assert await application_queries.add(tx.connection, application)
    made = listing_of(new_id(), application, tx.now + timedelta(days=3))
    made = replace(made, account_id=new_id(), **{"lot_minor": 1_000} | changes)  # type: ignore[arg-type]
    await listing_queries.add(tx.connection, made)
    await begin(tx, made, Trigger.OPENED)
    return made


async def lender_of(tx: Tx) -> Caller:
    """Somebody who may lend to every grade."""
    lender = encode("cus", new_id())
    taken = Assessment(new_id(), lender, 1, 1, {}, 30, 5, tx.today, tx.today + timedelta(days=365), tx.now)
    await lender_queries.add(tx.connection, taken)
    return Caller(lender, "gateway")


async def ordered(tx: Tx, lender: str | None = None, *, floor: str = "0.05", **bounds: object) -> StandingOrder:
    """Active, at the tail of the queue."""
    (place,) = await order_queries.moments(tx.connection)
    order = StandingOrder(
        id=new_id(),
        lender=lender or encode("cus", new_id()),
        account_id=new_id(),
        criteria=criteria_of("CNY", Decimal(floor), ["open_auction"], ["A"], [12]),
        bounds=replace(BOUNDS, **bounds),  # type: ignore[arg-type]
        committed_minor=0,
        state=OrderState.ACTIVE,
        reason=None,
        refusals=0,
        place=place,
        queued_at=tx.now,
        version=1,
        requested_at=tx.now,
        changed_at=tx.now,
        expires_at=tx.now + timedelta(days=30),
    )
    await order_queries.add(tx.connection, order)
    await order_queries.add_version(tx.connection, order, "make", place)
    return order


async def answer(tx: Tx, listing: Listing, refusing: Sequence[UUID] = ()) -> list[Asked]:
    """The ledger's answer to a round: orders in `refusing` have no money."""
    asked = await queries.asked(tx.connection, listing.id)
    waiting = await queries.waiting(tx.connection, listing.id)
    holds = [
        Hold(
            one.bid_id,
            one.account_id,
            one.hold_id,
            "insufficient_funds" if waiting[one.bid_id].order_id in refusing else None,
            one.refusals,
        )
        for one in asked
    ]
    await actions.record_holds(tx, LEDGER, listing_id=listing.id, holds=holds)
    return asked


async def run_through(tx: Tx, listing: Listing, refusing: Sequence[UUID] = ()) -> tuple[Outcome | None, int]:
    """All rounds of a listing: the outcome, and how many there were."""
    before = await queries.running(tx.connection, listing.id)
    assert before is not None
    while True:
        chosen = await actions.next_round(tx, LEDGER, listing_id=listing.id)
        if chosen is None or chosen.run.state is RunState.FINISHED:
            break
        await answer(tx, listing, refusing)
    run = await queries.load(tx.connection, before.id)
    assert run is not None
    return run.outcome, run.rounds


async def why(tx: Tx, order: StandingOrder, listing: Listing) -> list[Reason]:
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    return await explain(tx.connection, order, listing, programme, tx.settings.zone)


async def filled(tx: Tx, listing: Listing) -> dict[UUID, int]:
    """What each order lends to a listing, in minor units."""
    wanted = select(bids.c.standing_order_id, bids.c.amount_minor).where(
        bids.c.listing_id == listing.id, bids.c.state == "placed"
    )
    return {row[0]: row[1] for row in await tx.connection.execute(wanted)}


async def audited(tx: Tx) -> None:
    for name, (_, offending) in (await verification_queries.checks(tx.connection)).items():
        if name != "listing_state_has_its_step":  # listings here were not opened by a story
            assert not offending, name


async def auctioned(tx: Tx, *offers: tuple[str, int]) -> tuple[Listing, list[UUID]]:
    """A reverse auction for 1,000.00 in lots of 10.00, highest 0.10, with these bids held one after another."""
    listing = await listed(tx, programme_code="reverse_auction", programme_version=1, highest_rate=Decimal("0.1"))
    made = []
    for rate, amount in offers:
        bid = await bid_actions.place(
            tx, await lender_of(tx), listing_id=listing.id, amount_minor=amount, currency="CNY",
            annual_rate=Decimal(rate),
        )  # fmt: skip
        await filling.record_hold(tx, LEDGER, bid_id=bid.id, account_id=new_id(), hold_id=new_id(), refused=None)
        made.append(bid.id)
        tx.now += timedelta(seconds=1)
    return listing, made
