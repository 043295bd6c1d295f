"""Drawings on the wire."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from chassis import wire
from services.ecommerce_credit.drawings import rules
from services.ecommerce_credit.drawings.model import Drawing, DrawingState
from services.ecommerce_credit.interest.model import DayOfInterest
from services.ecommerce_credit.wire_ids import AccountId, DrawingId, LineId, RepaymentId

StateName = Literal["pending", "outstanding", "repaid", "refused"]


class DrawingRequest(wire.Request):
    """amount: in minor units of the line's currency."""

    line_id: LineId
    amount: wire.Amount
    currency: wire.Currency


class DrawingAnswer(wire.Answer):
    """owed as of `as_of_on`: principal outstanding_minor + interest_owed_minor = owed_minor.

    interest_accrued: exact, in minor units, of every day before as_of_on; interest_repaid_minor: received of it. due_on: last day to
    repay in full; reason: why it was refused, a code such as `insufficient_funds` (then of the lender's capital).
    """

    id: DrawingId
    line_id: LineId
    borrower: str
    amount: int
    currency: str
    daily_rate: wire.Rate
    state: StateName
    reason: str | None
    account_id: AccountId | None
    as_of_on: wire.Day
    outstanding_minor: int
    interest_accrued: wire.Rate
    interest_repaid_minor: int
    interest_owed_minor: int
    owed_minor: int
    drawn_on: wire.Day | None
    due_on: wire.Day | None
    overdue: bool
    repayment_id: RepaymentId | None
    requested_at: datetime
    disbursed_at: datetime | None
    changed_at: datetime


class DayOfInterestAnswer(wire.Answer):
    """principal_minor: with which the day closed; interest: exact, in minor units."""

    accrued_on: wire.Day
    principal_minor: int
    daily_rate: wire.Rate
    interest: wire.Rate


def drawing_answer(drawing: Drawing, today: date) -> DrawingAnswer:
    owed = rules.interest_owed(drawing, today) if drawing.state is DrawingState.OUTSTANDING else 0
    return DrawingAnswer(
        id=drawing.id,
        line_id=drawing.line_id,
        borrower=drawing.borrower,
        amount=drawing.amount_minor,
        currency=drawing.currency,
        daily_rate=drawing.daily_rate,
        state=drawing.state.value,
        reason=drawing.reason,
        account_id=drawing.account_id,
        as_of_on=today,
        outstanding_minor=drawing.outstanding_minor,
        interest_accrued=rules.interest_to(drawing, today),
        interest_repaid_minor=drawing.interest_repaid_minor,
        interest_owed_minor=owed,
        owed_minor=drawing.outstanding_minor + owed,
        drawn_on=drawing.drawn_on,
        due_on=drawing.due_on,
        overdue=rules.overdue(drawing, today),
        repayment_id=drawing.repayment_id,
        requested_at=drawing.requested_at,
        disbursed_at=drawing.disbursed_at,
        changed_at=drawing.changed_at,
    )


def days_answer(days: Sequence[DayOfInterest]) -> list[DayOfInterestAnswer]:
    return [DayOfInterestAnswer.model_validate(day) for day in days]
