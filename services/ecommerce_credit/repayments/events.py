"""Events of repayments."""

from collections.abc import Sequence
from typing import Literal

from chassis.wire import Answer
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.repayments.model import Part, Repayment
from services.ecommerce_credit.wire_ids import DrawingId, LineId, RepaymentId

REPAYMENT_RECEIVED = "ecommerce_credit.repayment.received.v1"
REPAYMENT_REFUSED = "ecommerce_credit.repayment.refused.v1"


class RepaymentTold(Answer):
    """A repayment came in, or was refused (reason: a code). amount: principal and interest, minor units.

    outstanding_minor: principal that the line owes after it.
    """

    repayment_id: RepaymentId
    line_id: LineId
    drawing_ids: list[DrawingId]
    borrower: str
    amount: int
    principal_minor: int
    interest_minor: int
    currency: str
    state: Literal["received", "refused"]
    outstanding_minor: int
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {REPAYMENT_RECEIVED: RepaymentTold, REPAYMENT_REFUSED: RepaymentTold}


def told(repayment: Repayment, line: Line, parts: Sequence[Part]) -> dict[str, object]:
    return RepaymentTold(
        repayment_id=repayment.id,
        line_id=repayment.line_id,
        drawing_ids=list(dict.fromkeys(part.drawing_id for part in parts)),
        borrower=repayment.borrower,
        amount=repayment.amount_minor,
        principal_minor=repayment.principal_minor,
        interest_minor=repayment.interest_minor,
        currency=repayment.currency,
        state=repayment.state.value,
        outstanding_minor=line.outstanding_minor,
        reason=repayment.reason,
    ).model_dump(mode="json")
