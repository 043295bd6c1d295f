"""Events of restructurings."""

from typing import Literal

from chassis.wire import Answer, Rate
from services.p2p.restructurings.model import Restructuring
from services.p2p.wire_ids import LoanId, RestructuringId

RESTRUCTURING_CHANGED = "p2p.restructuring.changed.v1"


class RestructuringTold(Answer):
    """Other terms for a loan were proposed, offered to its borrower, or ended one way or another."""

    restructuring_id: RestructuringId
    loan_id: LoanId
    borrower: str
    annual_rate: Rate | None
    periods: int
    state: Literal["proposed", "offered", "accepted", "declined", "withdrawn", "expired"]


EVENT_TYPES: dict[str, type[Answer]] = {RESTRUCTURING_CHANGED: RestructuringTold}


def told(restructuring: Restructuring, borrower: str) -> dict[str, object]:
    return RestructuringTold(
        restructuring_id=restructuring.id,
        loan_id=restructuring.loan_id,
        borrower=borrower,
        annual_rate=restructuring.annual_rate,
        periods=restructuring.periods,
        state=restructuring.state.value,
    ).model_dump(mode="json")
