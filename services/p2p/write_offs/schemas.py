"""Write-offs on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.wire_ids import LoanId, WriteOffId
from services.p2p.write_offs.model import WriteOff

StateName = Literal["proposed", "approved", "rejected", "expired"]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class WriteOffRequest(wire.Request):
    reason: Reason


class WriteOffDecision(wire.Request):
    approve: bool
    note: Reason


class WriteOffAnswer(wire.Answer):
    """uncovered_minor: of the principal owed, what lenders hold themselves. due_at: until when it may be decided."""

    id: WriteOffId
    loan_id: LoanId
    state: StateName
    reason: str
    proposed_by: str
    decided_by: str | None
    note: str | None
    days_past_due: int
    outstanding_minor: int
    uncovered_minor: int
    proposed_at: datetime
    changed_at: datetime
    due_at: datetime | None


def write_off_answer(write_off: WriteOff) -> WriteOffAnswer:
    return WriteOffAnswer.model_validate(write_off)
