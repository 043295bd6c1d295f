"""Event types of reconciliation. Amounts in minor units, signed from the account holder's side."""

from pydantic import BaseModel


class StatementTaken(BaseModel):
    """difference_minor: by how much opening balance and lines miss the closing balance; None where a balance is not told."""

    statement_id: str
    account_id: str
    bank: str
    kind: str
    from_on: str
    until_on: str
    lines: int
    difference_minor: int | None


class RunEnded(BaseModel):
    run_id: str
    account_id: str
    bank: str
    pairs: int
    breaks_raised: int
    breaks_closed: int


class BreakTold(BaseModel):
    """amount: what the bank has more than we. escalations: how often its time has passed."""

    break_id: str
    account_id: str
    type: str
    amount: int
    currency: str
    owner: str
    escalations: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.statement.taken.v1": StatementTaken,
    "payments.reconciliation.run.v1": RunEnded,
    "payments.break.resolved.v1": BreakTold,
    "payments.break.reopened.v1": BreakTold,
    "payments.break.explained.v1": BreakTold,
    "payments.break.escalated.v1": BreakTold,
}
