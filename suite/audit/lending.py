"""P2P against the ledger: every loan and holder worked out again from transfers alone, every listing's holds from its account.

Pure. A difference is explained only by a movement under way that p2p lists, and only up to that movement's amount.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clients.ids import book_of
from clients.p2p.shapes import HolderFigures, ListingFigures, LoanFigures, MovementAnswer
from clients.payments.shapes import AccountAnswer
from suite.audit.model import Check, UnderWay, check
from suite.audit.posted import Posted

WHERE = "p2p ↔ ledger"
CODES = "p2p.*"
LONGEST_SECONDS = 5 * 60
FUNDED = "p2p.disbursement.principal"
PAYOUT = "p2p.disbursement.payout"
ORIGINATION_FEE = "p2p.fee.origination"
CONTRIBUTION = "p2p.fee.reserve_contribution"
PRINCIPAL = "p2p.repayment.principal"
INTEREST = "p2p.repayment.interest"
LATE_INTEREST = "p2p.repayment.late_interest"
PREPAYMENT_FEE = "p2p.fee.prepayment"
INTEREST_FEE = "p2p.fee.interest"
REVERSED = {
    PRINCIPAL: "p2p.reversal.principal",
    INTEREST: "p2p.reversal.interest",
    LATE_INTEREST: "p2p.reversal.late_interest",
    PREPAYMENT_FEE: "p2p.reversal.fee",
    "p2p.fee.collection.principal": "p2p.reversal.collection.principal",
    "p2p.fee.collection.interest": "p2p.reversal.collection.interest",
    "p2p.fee.collection.late_interest": "p2p.reversal.collection.late_interest",
    INTEREST_FEE: "p2p.reversal.interest_fee",
}
"""What takes each back: between the same accounts, the other way round; fees, from the platform."""
_KEPT = {
    PRINCIPAL: ("p2p.fee.collection.principal", "principal_kept_minor"),
    INTEREST: ("p2p.fee.collection.interest", "interest_kept_minor"),
    LATE_INTEREST: ("p2p.fee.collection.late_interest", "late_kept_minor"),
}
"""What of each never reached holders, for it came late: its code, and what p2p says of it for each of them."""
_REPAID = tuple(REVERSED)
_COMPENSATED = ("p2p.loss.principal", "p2p.loss.interest")
SET_ASIDE = "p2p.loss.aside.principal"
"""Of what was compensated, what went to holders in other books."""
ADVANCE = "p2p.reversal.advance"
HOLDING = "p2p.partner.holding_interest"
RESOLD = "p2p.resale.principal"
RESALE = (RESOLD, "p2p.resale.accrued", "p2p.fee.resale")
BORNE = "p2p.reversal.borne"
_BY_BOOK = {"repayment": 1, "compensation": 0}
"""The least of each that has reached holders when something differs for it."""
_AT_ONCE = ("disbursement", "repayment", "compensation", "purchase")
_MONEY = frozenset(
    {FUNDED, PAYOUT, ORIGINATION_FEE, CONTRIBUTION, ADVANCE, BORNE, HOLDING, *_REPAID, *_COMPENSATED, *RESALE}
)


@dataclass(frozen=True)
class LendingBooks:
    """What p2p says of itself, and the accounts of its listings by id."""

    loans: Sequence[LoanFigures]
    listings: Sequence[ListingFigures]
    movements: Sequence[MovementAnswer]
    accounts: Mapping[UUID, AccountAnswer]


def checks(books: LendingBooks, posted: Posted) -> list[Check]:
    loans = [loan for loan in books.loans if not _explained(loan, books.movements, posted)]
    holders = [(loan, holder) for loan in loans for holder in loan.holders]
    listed = [listing for listing in books.listings if listing.account_id is not None]
    unknown = unknown_references(books.loans, posted)
    old = [one.record for one in books.movements if one.age_seconds > LONGEST_SECONDS]
    wrong_loans = [loan.id for loan in loans if not loan_follows(loan, posted)]
    wrong_claims = [holder.claim_id for loan, holder in holders if not holder_follows(loan, holder, posted)]
    wrong_listings = [one.id for one in listed if not holds_are_pending(one, books)]
    return [
        check(WHERE, "loans follow from transfers", len(books.loans), wrong_loans),
        check(WHERE, "claims follow from transfers", sum(len(loan.holders) for loan in books.loans), wrong_claims),
        check(WHERE, "transfers belong to a loan", len(posted.references), unknown),
        check(WHERE, "holds are pending on the listing", len(listed), wrong_listings),
        check(WHERE, "movements at most 5 minutes old", len(books.movements), old),
    ]


def loan_follows(loan: LoanFigures, posted: Posted) -> bool:
    """disbursed − principal repaid = outstanding, and every part of each is on the ledger, between the loan's own accounts."""
    account, borrower = loan.account_id, loan.borrower_account_id
    disbursed = posted.total(loan.id, FUNDED, loan.currency, credit=account)
    repaid = _paid(loan, PRINCIPAL, posted)
    fees = loan.interest_fees_minor or 0
    return (
        disbursed == loan.disbursed_minor
        and disbursed - repaid == loan.outstanding_minor
        and repaid == loan.principal_repaid_minor
        and posted.total(loan.id, PAYOUT, loan.currency, debit=account, credit=borrower) == loan.payout_minor
        and posted.total(loan.id, ORIGINATION_FEE, loan.currency, debit=account) == loan.origination_fee_minor
        and posted.total(loan.id, CONTRIBUTION, loan.currency, debit=account) == loan.reserve_contribution_minor
        and _paid(loan, INTEREST, posted) == loan.interest_repaid_minor - fees
        and _stands(loan, INTEREST_FEE, posted) == fees
        and _paid(loan, LATE_INTEREST, posted) == loan.late_repaid_minor
        and all(_kept(loan, kind) == _stands(loan, code, posted) for kind, (code, _) in _KEPT.items())
        and _stands(loan, PREPAYMENT_FEE, posted) == loan.prepayment_fees_minor
        and posted.total(loan.id, _COMPENSATED[0], loan.currency) == loan.compensated_principal_minor
        and posted.total(loan.id, _COMPENSATED[1], loan.currency) == loan.compensated_interest_minor
        and posted.total(loan.id, ADVANCE, loan.currency) == loan.advanced_minor
        and posted.total(loan.id, BORNE, loan.currency) == loan.borne_minor
        and posted.all_of(loan.id, RESALE) == loan.resale_paid_minor
        and _holding_interest_follows(loan, posted)
        and _passed_on(loan)
        and posted.all_of(loan.id, _MONEY - {HOLDING}) - posted.all_of(loan.id, REVERSED.values()) == _whole(loan)
    )


def _paid(loan: LoanFigures, kind: str, posted: Posted) -> int:
    """What reached holders, and what was kept of it."""
    return _stands(loan, kind, posted) + _stands(loan, _KEPT[kind][0], posted)


def _kept(loan: LoanFigures, kind: str) -> int:
    return sum(getattr(one, _KEPT[kind][1]) for one in loan.holders)


def _stands(loan: LoanFigures, code: str, posted: Posted) -> int:
    """What the borrower paid under a code, from her wallet, by mandate or through who passed it on, and was not given back, or made good
    past a holder."""
    back = sum(_borne(holder, code) for holder in loan.holders)
    for account in {loan.borrower_account_id, *(loan.payer_account_ids or ())}:
        back += posted.total(loan.id, REVERSED[code], loan.currency, credit=account)
        back -= posted.total(loan.id, code, loan.currency, debit=account)
    return -back


def _holding_interest_follows(loan: LoanFigures, posted: Posted) -> bool:
    """What a partner paid for being late; what it owes still, the ledger may have moved by now."""
    known, owed = loan.holding_interest_minor or 0, loan.holding_interest_owed_minor or 0
    return known <= posted.all_of(loan.id, (HOLDING,)) <= known + owed


def _borne(holder: HolderFigures, code: str) -> int:
    """What was paid past her account of one kind."""
    borne = {
        PRINCIPAL: holder.borne_principal_minor,
        INTEREST: holder.borne_interest_minor,
        LATE_INTEREST: holder.borne_late_minor,
    }
    return borne.get(code) or 0


def holder_follows(loan: LoanFigures, holder: HolderFigures, posted: Posted) -> bool:
    """funded + bought − sold − principal received − compensated = her claim, each of them told by transfers.

    Who advanced what a holder could not give back claims as much of her principal, as far as she had any.
    """
    account = holder.account_id
    funded = posted.total(loan.id, FUNDED, loan.currency, debit=account)

    def received(code: str) -> int:
        back = posted.total(loan.id, REVERSED[code], loan.currency, debit=account) + _borne(holder, code)
        kept: int = getattr(holder, _KEPT[code][1])
        return posted.total(loan.id, code, loan.currency, credit=account) + kept - back

    bought, sold = posted.bought_and_sold(loan.id, account)
    bought += sum(posted.total(loan.id, code, loan.currency, debit=account) for code in (_COMPENSATED[0], SET_ASIDE))
    compensated = posted.total(loan.id, _COMPENSATED[0], loan.currency, credit=account)
    advancing = sum(posted.total(loan.id, code, loan.currency, debit=account) for code in (ADVANCE, BORNE))
    made_good = holder.advanced_minor + sum(_borne(holder, code) for code in _REPAID)
    changed_hands = holder.bought_minor - holder.sold_minor - holder.compensated_minor
    return (
        funded == holder.funded_minor
        and sold == holder.sold_minor
        and 0 <= holder.bought_minor - bought <= advancing
        and 0 <= holder.compensated_minor - compensated <= made_good
        and posted.total(loan.id, ADVANCE, loan.currency, credit=account) == holder.advanced_minor
        and funded + changed_hands - received(PRINCIPAL) == holder.outstanding_minor
        and received(PRINCIPAL) == holder.principal_received_minor
        and received(INTEREST) == holder.interest_received_minor - (holder.interest_fees_minor or 0)
        and received(LATE_INTEREST) == holder.late_received_minor
    )


def _passed_on(loan: LoanFigures) -> bool:
    """What somebody bought somebody else sold, or was paid for."""
    return sum(one.bought_minor for one in loan.holders) == sum(
        one.sold_minor + one.compensated_minor for one in loan.holders
    )


def unknown_references(loans: Iterable[LoanFigures], posted: Posted) -> list[str]:
    """What money was moved for that p2p does not know."""
    known = {loan.id for loan in loans}
    return sorted(one for one in posted.references - known if posted.codes(one) & _MONEY)


def holds_are_pending(listing: ListingFigures, books: LendingBooks) -> bool:
    """The account holds what the placed bids say, give or take what is under way; and no money rests on it, but for what
    a partner had passed on through it and is being taken back: from the first holder's part until all of it goes to the partner."""
    account = None if listing.account_id is None else books.accounts.get(listing.account_id)
    if account is None or not 0 <= account.balance <= _going_back(listing, books):
        return False
    moving = [one for one in books.movements if one.reference == listing.id]
    more = sum(one.amount_minor for one in moving if one.kind == "hold")
    less = sum(one.amount_minor for one in moving if one.kind == "release")
    if _is_disbursing(listing, books):
        # One batch turns every hold into money; p2p may not have heard of it yet.
        less = listing.held_minor
    return -less <= account.credits_pending - listing.held_minor <= more


def _going_back(listing: ListingFigures, books: LendingBooks) -> int:
    through = {
        loan.id
        for loan in books.loans
        if loan.listing_id == listing.id and listing.account_id in (loan.payer_account_ids or ())
    }
    return sum(one.amount_minor for one in books.movements if one.kind == "reversal" and one.reference in through)


def _is_disbursing(listing: ListingFigures, books: LendingBooks) -> bool:
    moving = {one.record for one in books.movements if one.kind == "disbursement"}
    return any(loan.id in moving for loan in books.loans if loan.listing_id == listing.id)


def under_way(books: LendingBooks, posted: Posted) -> list[UnderWay]:
    """Both sides of every movement."""
    loans = {loan.id: loan for loan in books.loans}
    return [
        UnderWay(
            where="p2p",
            kind=one.kind,
            record=one.record,
            job=f"{one.job} {one.job_record}",
            amount_minor=one.amount_minor,
            ledger_minor=_on_ledger(one, loans.get(one.reference), posted),
            currency=one.currency,
            age_seconds=one.age_seconds,
        )
        for one in books.movements
    ]


def _on_ledger(movement: MovementAnswer, loan: LoanFigures | None, posted: Posted) -> int:
    """What the ledger moved beyond p2p's own books; of holds nothing is posted."""
    if loan is None:
        return 0
    if movement.kind == "disbursement":
        return posted.total(loan.id, FUNDED, loan.currency) - loan.disbursed_minor
    if movement.kind == "purchase":
        return posted.all_of(loan.id, RESALE) - loan.resale_paid_minor
    if movement.kind == "compensation":
        known = loan.compensated_principal_minor + loan.compensated_interest_minor
        return posted.all_of(loan.id, _COMPENSATED) - known
    back = posted.all_of(loan.id, (*REVERSED.values(), BORNE))
    return posted.all_of(loan.id, _REPAID) - back - _repaid(loan)


def _explained(loan: LoanFigures, movements: Sequence[MovementAnswer], posted: Posted) -> bool:
    """The ledger is one listed movement ahead of p2p's books, by exactly its amount; a reversal, holder by holder, by a part of it; what
    goes to several books, one after the other, by a part of it: of a loss it may be only set aside."""
    moving = [one for one in movements if one.reference == loan.id]
    whole = [one for one in moving if one.kind in _AT_ONCE]
    back = [one for one in moving if one.kind == "reversal"]
    parts = [one for one in moving if one.kind in _BY_BOOK and _in_several_books(loan)]
    return (
        any(_on_ledger(one, loan, posted) == one.amount_minor for one in whole)
        or any(-one.amount_minor <= _on_ledger(one, loan, posted) < 0 for one in back)
        or any(_BY_BOOK[one.kind] <= _on_ledger(one, loan, posted) <= one.amount_minor for one in parts)
    )


def _in_several_books(loan: LoanFigures) -> bool:
    """Where money for its holders was ever set aside, it has an account in each of their books."""
    return len({book_of(one) for one in loan.payer_account_ids or ()}) > 1


def _whole(loan: LoanFigures) -> int:
    """Everything that may have moved for the loan: in, out of the listing's account, and back."""
    fees = loan.origination_fee_minor + loan.reserve_contribution_minor
    compensated = loan.compensated_principal_minor + loan.compensated_interest_minor
    # What was paid past a holder is money of its own, and what she was paid stays.
    passed = compensated + loan.resale_paid_minor + loan.advanced_minor + 2 * (loan.borne_minor or 0)
    return loan.disbursed_minor + loan.payout_minor + fees + _repaid(loan) + passed


def _repaid(loan: LoanFigures) -> int:
    interest = loan.interest_repaid_minor + loan.late_repaid_minor
    return loan.principal_repaid_minor + interest + loan.prepayment_fees_minor
