"""Event types of money that comes back. Amounts in minor units."""

from pydantic import BaseModel


class ReportTold(BaseModel):
    """original: our record it is about. taken, owed: of a charge taken back, what its account gave, and what it owes since."""

    report_id: str
    bank: str
    kind: str
    original: str | None
    owner: str | None
    amount: int
    currency: str
    reason: str
    taken: int
    owed: int


class ReportUnmatched(ReportTold):
    """Nothing of ours agrees with it; somebody has to clear it up."""

    held_up: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.returned_money.booked.v1": ReportTold,
    "payments.returned_money.unmatched.v1": ReportUnmatched,
    "payments.returned_money.cleared.v1": ReportTold,
}
