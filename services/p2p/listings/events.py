"""Events of listings: ids, terms and amounts."""

from typing import Literal

from chassis.wire import Answer, Rate
from services.p2p.listings.model import Listing
from services.p2p.wire_ids import ApplicationId, ListingId

LISTING_OPENED = "p2p.listing.opened.v1"
LISTING_FILLED = "p2p.listing.filled.v1"
LISTING_REOPENED = "p2p.listing.reopened.v1"
LISTING_UNFILLED = "p2p.listing.unfilled.v1"


class ListingTold(Answer):
    """A listing opened, reopened, or ended without a loan. reason: of the last, a code such as `deadline` or `withdrawn`."""

    listing_id: ListingId
    application_id: ApplicationId
    borrower: str
    programme: str
    programme_version: int
    grade: str
    amount: int
    currency: str
    annual_rate: Rate
    term_months: int
    method: str
    state: Literal["open", "failed"]
    reason: str | None


class ListingFilled(Answer):
    """A listing is full. fill_seconds: business time from opening to full (满标时间); bids: how many fill it."""

    listing_id: ListingId
    borrower: str
    programme: str
    grade: str
    amount: int
    currency: str
    fill_seconds: int
    bids: int


EVENT_TYPES: dict[str, type[Answer]] = {
    LISTING_OPENED: ListingTold,
    LISTING_REOPENED: ListingTold,
    LISTING_UNFILLED: ListingTold,
    LISTING_FILLED: ListingFilled,
}


def told(listing: Listing, state: Literal["open", "failed"]) -> dict[str, object]:
    return ListingTold(
        listing_id=listing.id,
        application_id=listing.application_id,
        borrower=listing.borrower,
        programme=listing.programme_code,
        programme_version=listing.programme_version,
        grade=listing.grade,
        amount=listing.amount_minor,
        currency=listing.currency,
        annual_rate=listing.annual_rate,
        term_months=listing.term_months,
        method=listing.method,
        state=state,
        reason=listing.reason if state == "failed" else None,
    ).model_dump(mode="json")


def filled(listing: Listing, fill_seconds: int, bids: int) -> dict[str, object]:
    return ListingFilled(
        listing_id=listing.id,
        borrower=listing.borrower,
        programme=listing.programme_code,
        grade=listing.grade,
        amount=listing.amount_minor,
        currency=listing.currency,
        fill_seconds=fill_seconds,
        bids=bids,
    ).model_dump(mode="json")
