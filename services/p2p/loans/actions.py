"""Stories of a loan: contracted when its listing is full, disbursed or cancelled by the ledger's answer, repaid row by row."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from chassis.database import Tx
from chassis.identity import Caller
from services.p2p.applications import actions as application_actions
from services.p2p.applications import queries as application_queries
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import queries as bid_queries
from services.p2p.bids.retaining import NOT_FUNDED, is_retained
from services.p2p.claims import actions as claim_actions
from services.p2p.errors import UnknownLoan
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending
from services.p2p.listings.events import LISTING_REOPENED
from services.p2p.listings.events import told as listing_told
from services.p2p.listings.model import Listing, ListingEvent
from services.p2p.loans import queries, rules
from services.p2p.loans.events import LOAN_CANCELLED, LOAN_DISBURSED, LOAN_REPAID, LOAN_WRITTEN_OFF, told
from services.p2p.loans.model import Loan, LoanEvent, LoanRow, LoanState
from services.p2p.offers.rules import Offer, Wish, offer_under
from services.p2p.programmes import queries as programme_queries
from services.p2p.sureties import queries as surety_queries
from services.p2p.wire_ids import listing_text, loan_text
from services.p2p.write_offs import queries as write_off_queries

DISBURSE_JOB = "p2p.disburse"


async def offer_now(tx: Tx, listing: Listing) -> Offer:
    """The listing's terms as a contract of today, under the version of the programme it was listed with."""
    programme = await programme_queries.version(tx.connection, listing.programme_code, listing.programme_version)
    assert programme is not None
    wish = Wish(listing.amount_minor, listing.currency, listing.term_months, listing.method, listing.annual_rate)
    return offer_under(programme, listing.grade, wish, tx.today)


async def contract(tx: Tx, listing: Listing, offer: Offer) -> tuple[Listing, UUID]:
    """Freeze the terms and the placed bids of a full, locked listing; the money follows by a job. Answers the loan's id too."""
    assert listing.account_id is not None
    assert listing.borrower_account_id is not None
    schedule = offer.schedule
    application = await application_queries.load(tx.connection, listing.application_id)
    assert application is not None
    loan = Loan(
        id=tx.ids.new(),
        listing_id=listing.id,
        application_id=listing.application_id,
        borrower=listing.borrower,
        grade=listing.grade,
        programme_code=listing.programme_code,
        programme_version=listing.programme_version,
        principal_minor=listing.amount_minor,
        currency=listing.currency,
        annual_rate=schedule.annual_rate,
        term_months=listing.term_months,
        method=listing.method,
        day_count=schedule.day_count,
        origination_fee_minor=offer.fees.origination_minor,
        reserve_contribution_minor=offer.fees.reserve_minor,
        all_in_rate=Decimal(f"{offer.ceiling.all_in_rate:.6f}"),
        ceiling_rate=offer.ceiling.enforceable,
        account_id=listing.account_id,
        borrower_account_id=listing.borrower_account_id,
        starts_on=schedule.start_on,
        state=LoanState.DISBURSING,
        reason=None,
        outstanding_minor=listing.amount_minor,
        contracted_at=tx.now,
        disbursed_at=None,
        changed_at=tx.now,
        originator_id=application.originator_id,
    )
    await queries.add(tx.connection, loan, [LoanRow.planned(loan.id, row) for row in offer.schedule.rows])
    await bid_queries.set_contract(tx.connection, listing.id, loan.id)
    tx.jobs.add(DISBURSE_JOB, {"id": str(loan.id)})
    return await listing_actions.step(tx, listing, ListingEvent.CONTRACT, taken_by="bids"), loan.id


async def record_disbursed(tx: Tx, caller: Caller, *, loan_id: UUID) -> Loan:
    """The ledger made every transfer of the disbursement: the lenders hold claims from now on."""
    listing, loan = await _locked_with_listing(tx, loan_id)
    if loan.state is not LoanState.DISBURSING:
        return loan
    bids = await bid_queries.of_contract(tx.connection, loan_id)
    await bid_actions.fund(tx, bids)
    holders = await claim_actions.open_claims(tx, loan, bids)
    await listing_actions.step(tx, listing, ListingEvent.DISBURSE, taken_by="payments")
    await application_actions.settle_listing(tx, application_id=loan.application_id, funded=True)
    paid_out = await _step(tx, replace(loan, disbursed_at=tx.now), LoanEvent.DISBURSE)
    tx.events.add(LOAN_DISBURSED, loan_text(loan.id), told(paid_out, holders))
    return paid_out


async def record_refused(
    tx: Tx, caller: Caller, *, loan_id: UUID, struck: Mapping[UUID, str], other: str | None
) -> Loan:
    """The ledger made none of the transfers. struck: bids whose holds it would not post, and why; other: a refusal beside them.

    The bids go; the listing reopens if it may still be filled, else it fails. What is not a bid's fault fails it at once.
    """
    listing, loan = await _locked_with_listing(tx, loan_id)
    if loan.state is not LoanState.DISBURSING:
        return loan
    bids = await bid_queries.of_contract(tx.connection, loan_id)
    await bid_queries.set_contract(tx.connection, listing.id, None)
    if any(is_retained(listing, bid.lender) for bid in bids if bid.id in struck):
        other = NOT_FUNDED
    reason = other or "hold_not_posted"
    cancelled = await _step(tx, replace(loan, outstanding_minor=0, reason=reason), LoanEvent.CANCEL)
    tx.events.add(LOAN_CANCELLED, loan_text(loan.id), told(cancelled, 0))
    faulty = [(replace(bid, loan_id=None), struck[bid.id]) for bid in bids if bid.id in struck]
    # The table demands that a full listing is full: it leaves that state before its bids go.
    if other is None and faulty and listing.closes_at > tx.now and not listing.is_auction:
        reopened = await listing_actions.step(tx, listing, ListingEvent.REOPEN, taken_by="payments")
        await bid_actions.strike_out(tx, reopened, faulty)
        tx.events.add(LISTING_REOPENED, listing_text(listing.id), listing_told(reopened, "open"))
    else:
        await ending.fail(tx, listing, reason=reason, taken_by="payments")
    return cancelled


async def record_repaid(tx: Tx, changed: Loan, *, last: bool, holders: int) -> Loan:
    """A repayment of a locked loan was shared out; `changed` is the loan as that leaves it."""
    moved = await _step(tx, changed, LoanEvent.REPAY_LAST if last else LoanEvent.REPAY)
    if last:
        tx.events.add(LOAN_REPAID, loan_text(moved.id), told(moved, holders))
    return moved


async def record_taken_back(tx: Tx, changed: Loan) -> Loan:
    """A repayment of a locked loan was reversed; `changed` is the loan without it. Given up once it stays so."""
    lost = changed.state is LoanState.REPAID and await write_off_queries.approved(tx.connection, changed.id)
    await surety_queries.stand_again(tx.connection, changed.listing_id)
    return await _step(tx, changed, LoanEvent.TAKE_BACK_LOSS if lost else LoanEvent.TAKE_BACK)


async def record_agreed_anew(tx: Tx, changed: Loan) -> Loan:
    """The borrower of a locked loan accepted other terms."""
    return await _step(tx, changed, LoanEvent.AGREE_ANEW)


async def record_written_off(tx: Tx, loan: Loan) -> Loan:
    """Staff gave a locked loan up: its claims stay claims on what is recovered."""
    moved = await _step(tx, loan, LoanEvent.WRITE_OFF)
    tx.events.add(LOAN_WRITTEN_OFF, loan_text(moved.id), told(moved, 0))
    return moved


async def locked(tx: Tx, loan_id: UUID) -> Loan:
    loan = await queries.load(tx.connection, loan_id, lock=True)
    if loan is None:
        raise UnknownLoan("no such loan", field="loan_id")
    return loan


async def _locked_with_listing(tx: Tx, loan_id: UUID) -> tuple[Listing, Loan]:
    """The listing first, as everywhere."""
    known = await queries.load(tx.connection, loan_id)
    if known is None:
        raise UnknownLoan("no such loan", field="loan_id")
    listing = await listing_actions.locked(tx, known.listing_id)
    return listing, await locked(tx, loan_id)


async def _step(tx: Tx, loan: Loan, event: LoanEvent) -> Loan:
    moved = replace(loan, state=rules.next_state(loan, event), changed_at=tx.now)
    await queries.save(tx.connection, moved)
    return moved
