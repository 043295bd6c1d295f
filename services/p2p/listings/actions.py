"""Stories of a listing up to its opening, and the two ways in which other stories change one: a step, and what is bid."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import actions as application_actions
from services.p2p.bids import retaining
from services.p2p.custody import actions as custody_actions
from services.p2p.custody.model import Scope
from services.p2p.errors import UnknownListing, UnknownProgramme
from services.p2p.listings import queries, rules
from services.p2p.listings.events import LISTING_OPENED, told
from services.p2p.listings.model import Listing, ListingEvent, ListingState
from services.p2p.matching.beginning import begin
from services.p2p.matching.model import Trigger
from services.p2p.offers.rules import Wish, offer_under, require_allowed
from services.p2p.originators import origination
from services.p2p.originators.model import Originator
from services.p2p.originators.retaining import retained_of
from services.p2p.programmes import queries as programme_queries
from services.p2p.programmes.model import Programme, RateFormation
from services.p2p.sureties import actions as surety_actions
from services.p2p.wire_ids import listing_text

OPEN_JOB = "p2p.open_listing"
JOB_GRACE_SECONDS = 10
"""How long the queue leaves a job to the request that made it."""


@dataclass(frozen=True, slots=True)
class ListingTerms:
    """What a borrower wants listed. annual_rate: None where the programme states it; lot_minor, closes_at: None for the usual."""

    programme: str
    amount_minor: int
    currency: str
    term_months: int
    method: str
    annual_rate: Decimal | None = None
    lot_minor: int | None = None
    closes_at: datetime | None = None


async def request_listing(tx: Tx, caller: Caller, *, application_id: UUID, terms: ListingTerms) -> Listing:
    """The borrower lists her approved application. Every refusal of programme, offer, limit and state."""
    programme = await programme_queries.in_force(tx.connection, terms.programme, tx.today)
    if programme is None:
        raise UnknownProgramme("no such programme", field="programme")
    application = await application_actions.list_it(
        tx,
        caller,
        application_id=application_id,
        amount_minor=terms.amount_minor,
        currency=terms.currency,
        term_months=terms.term_months,
    )
    wish = Wish(terms.amount_minor, terms.currency, terms.term_months, terms.method, terms.annual_rate)
    originator = await origination.require_listable(tx, application, programme, terms.amount_minor)
    offer = offer_under(programme, application.grade, wish, tx.today)
    require_allowed(offer)
    await custody_actions.require_ready(tx, programme, caller.party, Scope.REPAY, Scope.FEE)
    lot = rules.lot_of(programme, terms.amount_minor, terms.lot_minor)
    listing = Listing(
        id=tx.ids.new(),
        application_id=application.id,
        borrower=caller.party,
        grade=application.grade,
        purpose=application.purpose,
        programme_code=programme.code,
        programme_version=programme.version,
        amount_minor=terms.amount_minor,
        currency=terms.currency,
        annual_rate=offer.schedule.annual_rate,
        term_months=terms.term_months,
        method=terms.method,
        lot_minor=lot,
        state=ListingState.DRAFT,
        reason=None,
        account_id=None,
        borrower_account_id=None,
        committed_minor=0,
        placed_minor=0,
        requested_at=tx.now,
        closes_at=rules.closing_time(programme, tx.now, terms.closes_at),
        opened_at=None,
        full_at=None,
        changed_at=tx.now,
        due_at=None,
        highest_rate=offer.schedule.annual_rate if programme.rate_formation is RateFormation.REVERSE_AUCTION else None,
    )
    listing = _retaining(listing, programme, originator)
    listing = replace(listing, due_at=rules.due_at(listing, ListingState.DRAFT, tx.now))
    await queries.add(tx.connection, listing)
    await queries.add_step(tx.connection, listing, None, taken_by=caller.party, reason=None)
    await surety_actions.back(
        tx,
        programme,
        listing_id=listing.id,
        amount_minor=listing.amount_minor,
        originator_id=application.originator_id,
    )
    tx.jobs.add(OPEN_JOB, {"id": str(listing.id)}, delay_seconds=JOB_GRACE_SECONDS)
    return listing


def _retaining(listing: Listing, programme: Programme, originator: Originator | None) -> Listing:
    """With what whoever proposed it keeps of it. Raises NotOffered where lots are too large for that."""
    retained = 0 if originator is None else retained_of(programme, listing.amount_minor, listing.lot_minor)
    keeps = originator.party if originator is not None and retained else None
    return replace(listing, retained_minor=retained, retained_by=keeps)


async def record_opened(
    tx: Tx, caller: Caller, *, listing_id: UUID, account_id: UUID, borrower_account_id: UUID
) -> Listing:
    """Its account stands in payments: bids are taken from now on."""
    listing = await locked(tx, listing_id)
    if listing.state is not ListingState.DRAFT:
        return listing
    ready = replace(listing, account_id=account_id, borrower_account_id=borrower_account_id, opened_at=tx.now)
    opened = await step(tx, ready, ListingEvent.OPEN, taken_by="payments")
    tx.events.add(LISTING_OPENED, listing_text(opened.id), told(opened, "open"))
    if opened.retained_by is not None:
        opened = await count(tx, opened, committed_minor=await retaining.bid_retained(tx, opened))
    await begin(tx, opened, Trigger.OPENED)
    return opened


async def locked(tx: Tx, listing_id: UUID) -> Listing:
    """The listing under lock: the first lock of every story about it. Raises UnknownListing."""
    listing = await queries.load(tx.connection, listing_id, lock=True)
    if listing is None:
        raise UnknownListing("no such listing", field="listing_id")
    return listing


async def step(tx: Tx, listing: Listing, event: ListingEvent, *, taken_by: str, reason: str | None = None) -> Listing:
    """Take a locked listing through an event, whatever else of it changed being saved with it."""
    state = rules.next_state(listing, event)
    moved = replace(
        listing,
        state=state,
        reason=reason or listing.reason,
        changed_at=tx.now,
        due_at=rules.due_at(listing, state, tx.now),
    )
    await queries.save(tx.connection, moved)
    await queries.add_step(tx.connection, moved, event, taken_by=taken_by, reason=reason)
    return moved


async def count(tx: Tx, listing: Listing, *, committed_minor: int = 0, placed_minor: int = 0) -> Listing:
    """Add to what is bid for a locked listing, or take from it. The table refuses more than the amount."""
    counted = replace(
        listing,
        committed_minor=listing.committed_minor + committed_minor,
        placed_minor=listing.placed_minor + placed_minor,
    )
    await queries.save(tx.connection, counted)
    return counted
