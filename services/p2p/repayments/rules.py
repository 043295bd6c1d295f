"""The states of a repayment, what may be paid, and whose it is.

| state | event | by | to |
|---|---|---|---|
| pending | share | ledger accepted the batch | shared |
| pending | refuse | ledger refused the batch | refused |
| shared | take_back | staff: the money it was paid with did not stay | reversing |
| reversing | taken_back | ledger gave every part back | reversed |

refused and reversed are final, and shared but for what bounces afterwards; pending and reversing are ended by their jobs. After a refusal
the same may be repaid again: another attempt, with other transfers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from uuid import UUID

from chassis.ids import book_of
from finance.ageing import days_past_due
from finance.errors import CannotBeMet
from finance.schedule_changes import RateChange
from finance.schedules import Row
from finance.servicing import Account
from finance.sharing import share_interest, share_principal
from services.p2p.claims.cession_rules import Earned, interest_weights
from services.p2p.claims.model import PLATFORM, Cession, Claim, ReceivedParts, RepaidPrincipal
from services.p2p.errors import (
    AmountDiffers,
    CannotPrepay,
    CurrencyDiffers,
    MoreThanOwed,
    NotAllowedInState,
    PassedOnIsFinal,
    TooManyRepayments,
)
from services.p2p.loans.model import Loan, LoanRow, LoanState
from services.p2p.programmes.model import Programme
from services.p2p.repayments.model import (
    Keep,
    Part,
    PartKind,
    Repayment,
    RepaymentSource,
    RepaymentState,
    ReversalPart,
    Share,
    ShareKind,
)
from services.p2p.repayments.standing import Serviced
from services.p2p.transfer_ids import derived, deriving
from services.p2p.wire_ids import loan_text

MOST_REPAYMENTS = 1_000
"""Of a loan, in parts of what is due or ahead of time."""
LEAST_PART = 100
"""What is due divided by this, after so many."""


class RepaymentEvent(StrEnum):
    SHARE = "share"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    TAKEN_BACK = "taken_back"


TRANSITIONS: Mapping[tuple[RepaymentState, RepaymentEvent], RepaymentState] = {
    (RepaymentState.PENDING, RepaymentEvent.SHARE): RepaymentState.SHARED,
    (RepaymentState.PENDING, RepaymentEvent.REFUSE): RepaymentState.REFUSED,
    (RepaymentState.SHARED, RepaymentEvent.TAKE_BACK): RepaymentState.REVERSING,
    (RepaymentState.REVERSING, RepaymentEvent.TAKEN_BACK): RepaymentState.REVERSED,
}


def next_state(repayment: Repayment, event: RepaymentEvent) -> RepaymentState:
    """Where the event takes the repayment. Raises NotAllowedInState."""
    state = TRANSITIONS.get((repayment.state, event))
    if state is None:
        raise NotAllowedInState(f"a repayment that is {repayment.state} cannot {event}", state=repayment.state.value)
    return state


def require_not_final(repayment: Repayment, settled: Sequence[Repayment]) -> None:
    """What a partner passed on was paid from its wallet: it stays, unless one before it has to go, whose money may not have stayed.

    settled: all of the loan that stand, in their order. Raises PassedOnIsFinal.
    """
    before = any(one.source is not RepaymentSource.PARTNER for one in settled if one.number < repayment.number)
    if repayment.source is RepaymentSource.PARTNER and not before:
        raise PassedOnIsFinal("what a partner passed on was paid from its wallet: it stays", field="repayment_id")


def require_currency(loan: Loan, currency: str) -> None:
    """Raises CurrencyDiffers."""
    if currency != loan.currency:
        raise CurrencyDiffers(f"the loan is in {loan.currency}", field="currency")


def after_paying(serviced: Serviced, before: Account, asked: Repayment) -> Account:
    """How the loan stands with the repayment. Raises MoreThanOwed, AmountDiffers, CannotPrepay."""
    most = None
    try:
        if asked.keep is None:
            # What a partner has already is all passed on, however much of it is due on the day on which it counts.
            require_payable(before, asked.amount_minor, whole_rows=asked.source is not RepaymentSource.PARTNER)
        else:
            most = serviced.most_fee_minor(before)
            require_prepayable(serviced, before, asked.amount_minor, asked.keep, most)
        receipt = serviced.receipt(asked.id, asked.paid_on, asked.amount_minor, asked.keep, most)
        after = serviced.on(asked.paid_on, receipt)
    except CannotBeMet as fault:
        raise CannotPrepay(fault.detail, field="prepay") from fault
    require_all_used(after.allocations[str(asked.id)].overpaid_minor, asked.amount_minor)
    return after


def require_few(happened: int, standing: Account, amount_minor: int) -> None:
    """After so many of a loan each must pay a hundredth of what is due, for every one is replayed with each. Raises TooManyRepayments.

    Of what the borrower's wallet has is collected whatever it is: twice a day at most.
    """
    ends = amount_minor == sum(due.owed_minor for due in standing.dues)
    due = standing.arrears_minor
    if happened >= MOST_REPAYMENTS and not ends and (not due or amount_minor * LEAST_PART < due):
        least = -(-due // LEAST_PART)
        raise TooManyRepayments(
            "from now on a repayment pays a hundredth of what is due", field="amount", least_minor=least
        )


def require_payable(standing: Account, amount_minor: int, *, whole_rows: bool = True) -> None:
    """What is due may be paid in any part; beyond it later rows, oldest first, each whole, unless it need not be. Raises MoreThanOwed,
    AmountDiffers."""
    owed = sum(due.owed_minor for due in standing.dues)
    if amount_minor > owed:
        raise MoreThanOwed("more than everything that is owed", field="amount", owed_minor=owed)
    arrears = standing.arrears_minor
    ahead = [due for due in standing.dues if due.due_on > standing.on and due.owed_minor]
    if (
        whole_rows
        and amount_minor > arrears
        and amount_minor - arrears not in accumulate(due.owed_minor for due in ahead)
    ):
        raise AmountDiffers(
            "beyond what is due, later rows are paid whole, or principal ahead of time with `prepay`",
            field="amount",
            row=ahead[0].number,
            payment_minor=ahead[0].owed_minor,
            due_minor=arrears,
        )


def require_prepayable(
    serviced: Serviced, standing: Account, amount_minor: int, keep: Keep, most_fee_minor: int
) -> None:
    """All that is due and some principal, or all of it. Raises CannotPrepay, MoreThanOwed and what finance refuses."""
    fee_rate = serviced.fee_rate(standing.on)
    settlement, ahead = standing.settlement(fee_rate=fee_rate, most_fee_minor=most_fee_minor)
    if ahead is None:
        raise CannotPrepay("no principal is left that is not due", field="prepay")
    if amount_minor > settlement:
        raise MoreThanOwed("more than what ends the loan today", field="amount", owed_minor=settlement)
    if amount_minor < settlement and not serviced.programme.prepayment.partly:
        raise CannotPrepay(
            "the programme takes the whole ahead of time or nothing", field="amount", owed_minor=settlement
        )
    if amount_minor < settlement and keep is Keep.INSTALMENT and serviced.loan.method not in _WITH_INSTALMENT:
        raise CannotPrepay("the method has no instalment to keep", field="prepay")


_WITH_INSTALMENT = frozenset({"equal_instalment", "equal_principal"})


def require_all_used(overpaid_minor: int, amount_minor: int) -> None:
    """Raises AmountDiffers with the amount that leaves nothing over."""
    if overpaid_minor:
        raise AmountDiffers(
            "not all of it could be used: it leaves too little for principal, or one unit over by the fee's rounding",
            field="amount",
            used_minor=amount_minor - overpaid_minor,
        )


def with_totals(repayment: Repayment, parts: Sequence[Part]) -> Repayment:
    """The repayment with what it pays of each kind in all."""

    def total(kind: PartKind) -> int:
        return sum(part.amount_minor for part in parts if part.kind is kind)

    return replace(
        repayment,
        row_number=min(part.row_number for part in parts),
        principal_minor=total(PartKind.PRINCIPAL),
        interest_minor=total(PartKind.INTEREST),
        late_minor=total(PartKind.LATE),
        fee_minor=total(PartKind.FEE),
    )


def shares_of(
    repayment: Repayment,
    parts: Sequence[Part],
    claims: Sequence[Claim],
    cessions: Sequence[Cession] = (),
    last: str | None = None,
    repaid: Sequence[RepaidPrincipal] | None = None,
) -> list[Share]:
    """Every holder's part of each kind of money but fees, Σ = the repayment's. Shares of 0 are left out.

    Principal by outstanding claim; interest and late interest, row by row, by claim and the days that are its holder's
    (`interest_weights`); ties by a hash of loan, row and holder. last: a holder who receives principal after all others have theirs;
    repaid: where there may be one, principal repaid since the first day of those that interest is paid for.
    """
    loan, holders = loan_text(repayment.loan_id), {claim.holder: claim for claim in claims}
    outstanding = {name: claim.outstanding_minor for name, claim in holders.items()}
    row = repayment.row_number
    amounts = {
        ShareKind.PRINCIPAL: principal_in_order(repayment.principal_minor, outstanding, last, loan=loan, row=row)
    }
    for kind, of_parts in ((ShareKind.INTEREST, PartKind.INTEREST), (ShareKind.LATE, PartKind.LATE)):
        own = [part for part in parts if part.kind is of_parts]
        amounts[kind] = _earned(own, claims, cessions, loan, repaid)
    transfer = deriving(repayment.requested_at, *_common(repayment))
    return [
        Share(repayment.id, claim.id, kind, name, claim.account_id, amount, transfer(claim.account_id, name, kind))
        for kind, by_holder in amounts.items()
        for name, amount in by_holder.items()
        if amount
        for claim in [holders[name]]
    ]


def principal_in_order(
    amount_minor: int, outstanding: Mapping[str, int], last: str | None, *, loan: str, row: int
) -> Mapping[str, int]:
    """By outstanding claim, to the minor unit; who is last receives what is left when all others have theirs."""
    if last is None or last not in outstanding:
        return share_principal(amount_minor, outstanding, loan=loan, row=row)
    others = {name: amount for name, amount in outstanding.items() if name != last}
    first = min(amount_minor, sum(others.values()))
    shared = dict(share_principal(first, others, loan=loan, row=row)) if first else dict.fromkeys(others, 0)
    return shared | {last: amount_minor - first}


def last_in_line(
    programme: Programme, loan: Loan, unpaid: Sequence[LoanRow], retained_by: str | None, today: date
) -> str | None:
    """Who keeps a subordinated share, once the loan is past due for as long as interest accrues, or given up; else nobody."""
    if retained_by is None or not programme.one_stands_last:
        return None
    oldest = min((row.due_on for row in unpaid if row.payment_minor), default=None)
    bad = days_past_due(oldest, today) >= programme.accrual_stop_days
    return retained_by if bad or loan.state is LoanState.WRITTEN_OFF else None


def _earned(
    parts: Iterable[Part],
    claims: Sequence[Claim],
    cessions: Sequence[Cession],
    loan: str,
    repaid: Sequence[RepaidPrincipal] | None,
) -> dict[str, int]:
    """Interest, or late interest, of rows by who earned it. loan: its id on the wire."""
    found = {claim.holder: 0 for claim in claims}
    for part in parts:
        earned = Earned(part.from_on, part.to_on, part.kind is PartKind.LATE)
        weights = interest_weights(claims, cessions, earned, repaid=repaid)
        for name, amount in share_interest(part.amount_minor, weights, loan=loan, row=part.row_number).items():
            found[name] += amount
    return found


def _common(repayment: Repayment) -> tuple[object, ...]:
    """What the ids of all of its transfers begin with."""
    return "repay", repayment.loan_id, repayment.row_number, repayment.attempt


def books_of(repayment: Repayment, shares: Iterable[Share]) -> set[int]:
    """Books of the ledger in which it moves money: that of the account it comes from, and those of its holders' accounts."""
    return {book_of(repayment.account_id), *(book_of(share.account_id) for share in shares)}


def transfer_id(repayment: Repayment, holder: str, kind: str, account_id: UUID | None = None) -> UUID:
    """The same for a loan, first row, attempt, holder and kind, whenever and by whomever it is worked out.

    account_id: where it goes, in whose book it is paid out; that of the account it comes from unless told.
    """
    return derived(repayment.requested_at, account_id or repayment.account_id, *_common(repayment), holder, kind)


def fees_by_kind(shares: Iterable[Share]) -> dict[ShareKind, int]:
    """What is kept back of each kind of money; kinds of which nothing is are left out."""
    found = dict.fromkeys(ShareKind, 0)
    for share in shares:
        if share.collection_fee_minor:
            found[share.kind] += share.collection_fee_minor
    return {kind: amount for kind, amount in found.items() if amount}


def received_by_claim(shares: Iterable[Share]) -> list[ReceivedParts]:
    """By claim id."""
    found: dict[UUID, dict[ShareKind, int]] = {}
    for share in shares:
        found.setdefault(share.claim_id, dict.fromkeys(ShareKind, 0))[share.kind] += share.amount_minor
    return [
        ReceivedParts(claim_id, own[ShareKind.PRINCIPAL], own[ShareKind.INTEREST], own[ShareKind.LATE], 0)
        for claim_id, own in sorted(found.items())
    ]


def ceded_for_advances(
    claims: Iterable[Claim], planned: Mapping[UUID, ReversalPart], starts_on: date, taken_back_on: date
) -> dict[date, dict[UUID, int]]:
    """Principal by claim that the platform holds for what it advanced, by the day from which it earns; claims as they stand without the
    repayment.

    From the day on which it is taken back, for what was advanced is no more than principal; from the first day where it was interest too.
    """
    found: dict[date, dict[UUID, int]] = {}
    for claim in claims:
        advance = planned[claim.id].advance_minor if claim.id in planned else 0
        ceded = min(advance, claim.outstanding_minor)
        if ceded and claim.holder != PLATFORM:
            found.setdefault(taken_back_on if ceded == advance else starts_on, {})[claim.id] = ceded
    return found


def rows_paid(
    loan: Loan, planned: Sequence[Row], paid: Sequence[tuple[Part, datetime]], changes: Sequence[RateChange] = ()
) -> list[LoanRow]:
    """The rows of a schedule with what was paid of them: parts with the instant at which they were shared out, oldest first.

    changes: of the rate, by terms agreed anew.
    """
    rows = {row.number: _row(loan, row, changes) for row in planned}
    for part, shared_at in paid:
        row = rows[part.row_number]
        name = _PAID.get(part.kind)
        if name is not None:
            row = replace(row, **{name: getattr(row, name) + part.amount_minor})
        whole = not row.principal_left_minor and not row.interest_left_minor
        rows[part.row_number] = replace(row, repayment_id=part.repayment_id, paid_at=shared_at) if whole else row
    return list(rows.values())


_PAID: Mapping[PartKind, str] = {
    PartKind.PRINCIPAL: "principal_paid_minor",
    PartKind.INTEREST: "interest_paid_minor",
    PartKind.LATE: "late_paid_minor",
}


def _row(loan: Loan, row: Row, changes: Sequence[RateChange]) -> LoanRow:
    rate = next((change.annual_rate for change in reversed(changes) if change.from_on <= row.from_on), None)
    planned = LoanRow.planned(loan.id, row)
    return planned if rate is None else replace(planned, annual_rate=Decimal(rate.numerator) / rate.denominator)
