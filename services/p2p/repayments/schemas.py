"""Repayments on the wire."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from finance.ageing import MONTHS, days_past_due, oldest_unpaid_on
from finance.errors import CannotBeMet
from finance.rescheduling import Prepayment
from finance.servicing import Account
from services.p2p.repayments.model import Part, Repayment, Share
from services.p2p.repayments.standing import Serviced
from services.p2p.wire_ids import AccountId, ClaimId, LoanId, RepaymentId, TransferId


class RepaymentRequest(wire.Request):
    """amount: any part of what is due, or all of it and whole later rows. prepay: what is more than due repays principal ahead of time;
    `term` lowers the instalments, `instalment` ends the loan sooner.
    """

    amount: wire.Amount
    currency: wire.Currency
    prepay: Literal["term", "instalment"] | None = None


class ReversalRequest(wire.Request):
    """reason: why the money did not stay, for the file."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class RepaymentAnswer(wire.Answer):
    """row: of the schedule, the first it pays of; reason: why it was refused, a code such as `insufficient_funds`; then the same may be
    repaid again. late_minor: late interest; fee_minor: of paying ahead of time, to the platform; paid_on: as of which it pays.
    """

    id: RepaymentId
    loan_id: LoanId
    row: int
    attempt: int
    amount: int
    principal_minor: int
    interest_minor: int
    currency: str
    late_minor: int
    fee_minor: int
    prepay: Literal["term", "instalment"] | None
    source: Literal["borrower", "collection", "partner"]
    paid_on: wire.Day
    state: Literal["pending", "shared", "refused", "reversing", "reversed"]
    reason: str | None
    requested_at: datetime
    changed_at: datetime


class PartAnswer(wire.Answer):
    """What of a row it pays, over which days that was earned."""

    row_number: int
    kind: Literal["late", "fee", "interest", "principal"]
    amount_minor: int
    from_on: wire.Day
    to_on: wire.Day


class ShareAnswer(wire.Answer):
    """transfer_id: the transfer in payments that brings, or would have brought, the share. amount_minor: by which her claim is paid;
    fee_minor: what of it is the platform's: collection_fee_minor, for it came late, and interest_fee_minor.
    """

    claim_id: ClaimId
    holder: str
    account_id: AccountId
    kind: Literal["principal", "interest", "late"]
    amount_minor: int
    transfer_id: TransferId
    fee_minor: int
    collection_fee_minor: int
    interest_fee_minor: int


class RepaymentsAnswer(wire.Answer):
    items: list[RepaymentAnswer]


class SharesAnswer(wire.Answer):
    """parts: what it pays of which row; items: who receives it."""

    items: list[ShareAnswer]
    parts: list[PartAnswer]


class DueLine(wire.Answer):
    """What is still owed of a row on the day; late_minor: late interest by then."""

    row: int
    due_on: wire.Day
    late_minor: int
    interest_minor: int
    principal_minor: int


class DuesAnswer(wire.Answer):
    """What a loan owes on a day. due_minor: by then; settlement_minor: what ends the loan on that day, prepayment_fee_minor of it for
    paying ahead of time; None where rows not yet due were paid, which bars paying ahead.

    prepayment_fee_asked_minor: the fee as the programme has it; of it so much is taken that all she has paid, over the days she had the
    money, costs no more than ceiling_rate, the law's of the day of the contract. A part paid ahead costs at most most_prepayment_fee_minor.
    """

    loan_id: LoanId
    currency: str
    on: wire.Day
    due_minor: int
    late_minor: int
    owed_minor: int
    days_past_due: int
    bucket: str
    settlement_minor: int | None
    prepayment_fee_minor: int | None
    prepayment_fee_asked_minor: int | None
    most_prepayment_fee_minor: int | None
    ceiling_rate: wire.Rate
    rows: list[DueLine]


def repayment_answer(repayment: Repayment) -> RepaymentAnswer:
    return RepaymentAnswer(
        id=repayment.id,
        loan_id=repayment.loan_id,
        row=repayment.row_number,
        attempt=repayment.attempt,
        amount=repayment.amount_minor,
        principal_minor=repayment.principal_minor,
        interest_minor=repayment.interest_minor,
        currency=repayment.currency,
        late_minor=repayment.late_minor,
        fee_minor=repayment.fee_minor,
        prepay=None if repayment.keep is None else repayment.keep.value,
        source=repayment.source.value,
        paid_on=repayment.paid_on,
        state=repayment.state.value,
        reason=repayment.reason,
        requested_at=repayment.requested_at,
        changed_at=repayment.changed_at,
    )


def shares_answer(shares: list[Share], parts: list[Part]) -> SharesAnswer:
    return SharesAnswer(
        items=[ShareAnswer.model_validate(share) for share in shares],
        parts=[PartAnswer.model_validate(part) for part in parts],
    )


def dues_answer(serviced: Serviced, standing: Account) -> DuesAnswer:
    late = days_past_due(oldest_unpaid_on(standing.dues), standing.on)
    owed = [due for due in standing.dues if due.owed_minor]
    settlement = ahead = asked = most = None
    with suppress(CannotBeMet):
        rate, most = serviced.fee_rate(standing.on), serviced.most_fee_minor(standing)
        settlement, ahead = standing.settlement(fee_rate=rate, most_fee_minor=most)
        asked = standing.settlement(fee_rate=rate)[1]
    return DuesAnswer(
        loan_id=serviced.loan.id,
        currency=serviced.loan.currency,
        on=standing.on,
        due_minor=standing.arrears_minor,
        late_minor=sum(due.penalty_minor for due in owed),
        owed_minor=sum(due.owed_minor for due in owed),
        days_past_due=late,
        bucket=MONTHS.bucket(late).name,
        settlement_minor=settlement,
        prepayment_fee_minor=_fee(settlement, ahead),
        prepayment_fee_asked_minor=_fee(settlement, asked),
        most_prepayment_fee_minor=most,
        ceiling_rate=serviced.loan.ceiling_rate,
        rows=[
            DueLine(
                row=due.number,
                due_on=due.due_on,
                late_minor=due.penalty_minor,
                interest_minor=due.interest_minor,
                principal_minor=due.principal_minor,
            )
            for due in owed
        ],
    )


def _fee(settlement_minor: int | None, ahead: Prepayment | None) -> int | None:
    if settlement_minor is None:
        return None
    return 0 if ahead is None else ahead.fee_minor
