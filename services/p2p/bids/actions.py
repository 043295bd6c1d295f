"""Stories of a bid. The listing is locked first, then the bid: so no room is given away twice."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.auctions import actions as auction_actions
from services.p2p.auctions import rules as auction_rules
from services.p2p.auctions.errors import BidBinds
from services.p2p.bids import queries, rules
from services.p2p.bids.events import BID_PLACED, BID_REFUSED, BID_RELEASED, told
from services.p2p.bids.model import Bid, BidEvent, BidState
from services.p2p.bids.retaining import PLACE_JOB, is_retained
from services.p2p.custody import actions as custody_actions
from services.p2p.custody.model import Scope
from services.p2p.enrolments import holding as plan_holding
from services.p2p.errors import (
    CustomersOnly,
    FirstLenderTakesAll,
    ListingClosed,
    NotAllowedInState,
    OwnListing,
    TooManyHolders,
    UnknownBid,
)
from services.p2p.lenders import actions as lender_actions
from services.p2p.listings import actions as listing_actions
from services.p2p.listings.model import Listing, ListingState
from services.p2p.listings.rules import require_open
from services.p2p.matching.beginning import begin
from services.p2p.matching.model import Trigger
from services.p2p.originators import actions as originator_actions
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Origination
from services.p2p.programmes.rules import MOST_HOLDERS
from services.p2p.standing_orders import actions as order_actions
from services.p2p.wire_ids import bid_text

RELEASE_JOB = "p2p.release_bid"
JOB_GRACE_SECONDS = 10


async def place(
    tx: Tx, caller: Caller, *, listing_id: UUID, amount_minor: int, currency: str, annual_rate: Decimal | None = None
) -> Bid:
    """Take room in a listing; the hold is asked for next. Raises CustomersOnly and every refusal of the rules."""
    if caller.customer is None:
        raise CustomersOnly("a customer lends for herself")
    listing = await listing_actions.locked(tx, listing_id)
    require_open(listing, tx.now)
    rules.require_acceptable(listing, lender=caller.party, amount_minor=amount_minor, currency=currency)
    await plan_holding.require_not_lending(tx, listing_id, caller.party)
    if is_retained(listing, caller.party):
        raise OwnListing("who proposed it lends the share that it keeps, and no more", field="listing_id")
    await _require_admitted(tx, listing, caller.party, amount_minor, annual_rate)
    bid = Bid(
        id=tx.ids.new(),
        listing_id=listing_id,
        lender=caller.party,
        amount_minor=amount_minor,
        currency=currency,
        state=BidState.PENDING,
        reason=None,
        account_id=None,
        hold_id=None,
        loan_id=None,
        requested_at=tx.now,
        changed_at=tx.now,
        annual_rate=annual_rate,
    )
    await queries.add(tx.connection, bid)
    await listing_actions.count(tx, listing, committed_minor=amount_minor)
    tx.jobs.add(PLACE_JOB, {"id": str(bid.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return bid


async def withdraw(tx: Tx, caller: Caller, *, bid_id: UUID) -> Bid:
    """The lender takes her bid back before the listing is full. Raises UnknownBid, ListingClosed, NotAllowedInState."""
    known = await queries.load(tx.connection, bid_id)
    if known is None or known.lender != caller.party:
        raise UnknownBid("no such bid", field="bid_id")
    listing = await listing_actions.locked(tx, known.listing_id)
    bid = await locked(tx, bid_id)
    if bid.state is not BidState.PLACED:
        raise NotAllowedInState("only a placed bid can be taken back", state=bid.state.value)
    if listing.state is not ListingState.OPEN:
        raise ListingClosed("a bid can be taken back while its listing is open", state=listing.state.value)
    if listing.is_auction:
        raise BidBinds("a bid in an auction stands until it is outbid")
    if is_retained(listing, bid.lender):
        raise BidBinds("the share that an originator keeps stands as long as its listing")
    moved = _moved(tx, bid, BidEvent.RELEASE, reason="withdrawn")
    await queries.save(tx.connection, moved)
    listing = await listing_actions.count(
        tx, listing, committed_minor=-bid.amount_minor, placed_minor=-bid.amount_minor
    )
    tx.jobs.add(RELEASE_JOB, {"id": str(bid.id)}, delay_seconds=JOB_GRACE_SECONDS)
    await order_actions.give_back(tx, [bid])
    await begin(tx, listing, Trigger.ROOM)
    return moved


async def mark_placed(tx: Tx, listing: Listing, bid: Bid) -> tuple[Bid, Listing]:
    """The ledger took the hold."""
    moved = _moved(tx, bid, BidEvent.PLACE)
    await queries.save(tx.connection, moved)
    tx.events.add(BID_PLACED, bid_text(bid.id), told(moved))
    return moved, await listing_actions.count(tx, listing, placed_minor=bid.amount_minor)


async def refuse(tx: Tx, listing: Listing, bid: Bid, *, reason: str) -> Bid:
    """There is no hold: the room is free again."""
    moved = _moved(tx, bid, BidEvent.REFUSE, reason=reason)
    await queries.save(tx.connection, moved)
    listing = await listing_actions.count(tx, listing, committed_minor=-bid.amount_minor)
    tx.events.add(BID_REFUSED, bid_text(bid.id), told(moved))
    if listing.state is ListingState.OPEN:
        await begin(tx, listing, Trigger.ROOM)
    return moved


async def release_late(tx: Tx, listing: Listing, bid: Bid) -> Bid:
    """The hold was taken after the listing had ended: it goes back."""
    moved = _moved(tx, bid, BidEvent.RELEASE, reason="listing_failed")
    await queries.save(tx.connection, moved)
    await listing_actions.count(tx, listing, committed_minor=-bid.amount_minor)
    tx.jobs.add(RELEASE_JOB, {"id": str(bid.id)})
    return moved


async def release_found(tx: Tx, bid: Bid) -> Bid:
    """The hold was taken although the bid is refused, its room given back: money never stays behind a refused bid."""
    moved = _moved(tx, bid, BidEvent.RELEASE)
    await queries.save(tx.connection, moved)
    tx.jobs.add(RELEASE_JOB, {"id": str(bid.id)})
    return moved


async def release_all(tx: Tx, listing: Listing, *, reason: str) -> Listing:
    """Every placed bid of a locked listing is to be released. Pending ones follow when the ledger has answered."""
    found = await queries.placed(tx.connection, listing.id)
    await queries.set_state(
        tx.connection, [bid.id for bid in found], BidState.RELEASING, tx.now, was=BidState.PLACED, reason=reason
    )
    await order_actions.give_back(tx, found)
    amount = sum(bid.amount_minor for bid in found)
    return await listing_actions.count(tx, listing, committed_minor=-amount, placed_minor=-amount)


async def strike_out(tx: Tx, listing: Listing, bids: Sequence[tuple[Bid, str]]) -> Listing:
    """The ledger could not post these holds, each for its reason: they go, and their room is free again."""
    for bid, code in bids:
        await queries.save(tx.connection, _moved(tx, bid, BidEvent.RELEASE, reason=f"struck_out:{code}"))
        tx.jobs.add(RELEASE_JOB, {"id": str(bid.id)})
    amount = sum(bid.amount_minor for bid, _ in bids)
    listing = await listing_actions.count(tx, listing, committed_minor=-amount, placed_minor=-amount)
    await order_actions.give_back(tx, [bid for bid, _ in bids])
    await begin(tx, listing, Trigger.ROOM)
    return listing


async def fund(tx: Tx, bids: Sequence[Bid]) -> None:
    """The ledger posted every hold of a contract."""
    changed = await queries.set_state(
        tx.connection, [bid.id for bid in bids], BidState.FUNDED, tx.now, was=BidState.PLACED
    )
    assert changed == len(bids), "a bid of the contract is not placed"


async def record_released(tx: Tx, bid_ids: Sequence[UUID]) -> None:
    """The ledger gave these holds back. Called with the listing locked; nothing for those of which that is known already."""
    found = await queries.load_releasing(tx.connection, bid_ids)
    ids = [bid.id for bid in found]
    await queries.set_state(tx.connection, ids, BidState.RELEASED, tx.now, was=BidState.RELEASING)
    for bid in found:
        tx.events.add(BID_RELEASED, bid_text(bid.id), told(_moved(tx, bid, BidEvent.RELEASED)))


async def loaded(tx: Tx, bid_id: UUID) -> Bid:
    bid = await queries.load(tx.connection, bid_id)
    if bid is None:
        raise UnknownBid("no such bid", field="bid_id")
    return bid


async def locked(tx: Tx, bid_id: UUID) -> Bid:
    bid = await queries.load(tx.connection, bid_id, lock=True)
    if bid is None:
        raise UnknownBid("no such bid", field="bid_id")
    return bid


async def _require_admitted(
    tx: Tx, listing: Listing, lender: str, amount_minor: int, annual_rate: Decimal | None
) -> None:
    """Raises FirstLenderTakesAll, LicenceNotValid, NoRiskLevel, LevelTooLow, NoCustodyAccount, NotAuthorised, AboveLenderShare,
    RateOutOfBounds, RateNotLowEnough, TooManyHolders.
    """
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    if Origination.FIRST_LENDER in programme.origination and amount_minor != listing.amount_minor:
        raise FirstLenderTakesAll("a first lender lends all of it", field="amount", amount_minor=listing.amount_minor)
    if Origination.FIRST_LENDER in programme.origination:
        await originator_actions.require_first_lender(tx, lender)
    await lender_actions.require_level(tx, lender, programme, listing.grade)
    await custody_actions.require_ready(tx, programme, lender, Scope.INVEST)
    auction_rules.require_rate(listing, programme, annual_rate)
    taken = await queries.taken_by(tx.connection, listing.id, lender)
    rules.require_share(listing, programme, taken + amount_minor)
    if annual_rate is not None:
        await auction_actions.require_could_win(tx, listing, annual_rate)
        return
    lenders = await queries.lenders(tx.connection, listing.id)
    if len(lenders | {lender}) > MOST_HOLDERS:
        raise TooManyHolders(f"a loan has at most {MOST_HOLDERS} holders", field="listing_id")


def _moved(tx: Tx, bid: Bid, event: BidEvent, *, reason: str | None = None) -> Bid:
    return replace(bid, state=rules.next_state(bid, event), changed_at=tx.now, reason=reason or bid.reason)
