"""Restructurings on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.restructurings.model import Restructuring
from services.p2p.wire_ids import LoanId, RestructuringId


class RestructuringRequest(wire.Request):
    """annual_rate, first_due_on: left out to stay as they are; periods: instalments after those due by the day of acceptance."""

    periods: Annotated[int, Field(strict=True, ge=1, le=360)]
    annual_rate: wire.Rate | None = None
    first_due_on: wire.Day | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class RestructuringDecision(wire.Request):
    decision: Literal["accept", "decline"]


class RestructuringAnswer(wire.Answer):
    """due_at: until when it waits for the second person, or for the borrower; agreed_on: the day from which it holds."""

    id: RestructuringId
    loan_id: LoanId
    annual_rate: wire.Rate | None
    periods: int
    first_due_on: wire.Day | None
    reason: str
    state: Literal["proposed", "offered", "accepted", "declined", "withdrawn", "expired"]
    proposed_at: datetime
    changed_at: datetime
    due_at: datetime | None
    agreed_on: wire.Day | None


def restructuring_answer(restructuring: Restructuring) -> RestructuringAnswer:
    return RestructuringAnswer(
        id=restructuring.id,
        loan_id=restructuring.loan_id,
        annual_rate=restructuring.annual_rate,
        periods=restructuring.periods,
        first_due_on=restructuring.first_due_on,
        reason=restructuring.reason,
        state=restructuring.state.value,
        proposed_at=restructuring.proposed_at,
        changed_at=restructuring.changed_at,
        due_at=restructuring.due_at,
        agreed_on=restructuring.agreed_on,
    )
