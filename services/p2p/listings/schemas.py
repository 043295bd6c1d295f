"""Listings on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.listings.actions import ListingTerms
from services.p2p.listings.model import Listing, Step
from services.p2p.offers.schemas import PreviewRate, TermMonths
from services.p2p.programmes.schemas import Method, ProgrammeCode
from services.p2p.wire_ids import AccountId, ApplicationId, ListingId, LoanId

StateName = Literal["draft", "open", "full", "disbursing", "disbursed", "releasing", "failed"]


class ListingRequest(wire.Request):
    """annual_rate: named in a fixed-rate programme, left out where the programme prices by grade.

    lot_minor: least bid and step (the programme's unless given); closes_at: when bidding ends (7 days unless given).
    """

    programme: ProgrammeCode
    amount: wire.Amount
    currency: wire.Currency
    term_months: TermMonths
    method: Method
    annual_rate: PreviewRate | None = None
    lot_minor: wire.Amount | None = None
    closes_at: Annotated[wire.Instant, Field()] | None = None


class ListingAnswer(wire.Answer):
    """committed_minor: bids whose holds are placed or asked for; placed_minor: of those, placed; left_minor: may still be bid.

    highest_rate: of a reverse auction alone; annual_rate is the same until it is cleared. retained_minor: what the originator lends
    of it and keeps; committed_minor counts it.
    reason: why it failed, a code. borrower, account_id and application_id are shown to the borrower and to operators alone.
    """

    id: ListingId
    application_id: ApplicationId | None
    borrower: str | None
    account_id: AccountId | None
    grade: str
    purpose: str
    programme: str
    programme_version: int
    amount: int
    currency: str
    annual_rate: wire.Rate
    term_months: int
    method: Method
    lot_minor: int
    state: StateName
    reason: str | None
    committed_minor: int
    placed_minor: int
    left_minor: int
    loan_id: LoanId | None
    requested_at: datetime
    opened_at: datetime | None
    closes_at: datetime
    full_at: datetime | None
    changed_at: datetime
    highest_rate: wire.Rate | None
    retained_minor: int = 0


class StepAnswer(wire.Answer):
    number: int
    event: Literal["open", "fill", "contract", "disburse", "reopen", "fail", "released"] | None
    state: StateName
    taken_by: str
    taken_at: datetime
    reason: str | None


class StepsAnswer(wire.Answer):
    items: list[StepAnswer]


def terms_of(body: ListingRequest) -> ListingTerms:
    return ListingTerms(
        programme=body.programme,
        amount_minor=body.amount,
        currency=body.currency,
        term_months=body.term_months,
        method=body.method,
        annual_rate=body.annual_rate,
        lot_minor=body.lot_minor,
        closes_at=body.closes_at,
    )


def listing_answer(listing: Listing, *, private: bool, loan_id: LoanId | None = None) -> ListingAnswer:
    return ListingAnswer(
        id=listing.id,
        application_id=listing.application_id if private else None,
        borrower=listing.borrower if private else None,
        account_id=listing.account_id if private else None,
        grade=listing.grade,
        purpose=listing.purpose,
        programme=listing.programme_code,
        programme_version=listing.programme_version,
        amount=listing.amount_minor,
        currency=listing.currency,
        annual_rate=listing.annual_rate,
        term_months=listing.term_months,
        method=listing.method,
        lot_minor=listing.lot_minor,
        state=listing.state.value,
        reason=listing.reason,
        committed_minor=listing.committed_minor,
        placed_minor=listing.placed_minor,
        left_minor=listing.left_minor,
        loan_id=loan_id,
        requested_at=listing.requested_at,
        opened_at=listing.opened_at,
        closes_at=listing.closes_at,
        full_at=listing.full_at,
        changed_at=listing.changed_at,
        highest_rate=listing.highest_rate,
        retained_minor=listing.retained_minor or 0,
    )


def own_listing_answer(listing: Listing) -> ListingAnswer:
    return listing_answer(listing, private=True)


def steps_answer(steps: list[Step]) -> StepsAnswer:
    return StepsAnswer(items=[StepAnswer.model_validate(step) for step in steps])
