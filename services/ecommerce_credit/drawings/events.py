"""Events of drawings."""

from typing import Literal

from chassis.wire import Answer, Day, Rate
from services.ecommerce_credit.drawings.model import Drawing
from services.ecommerce_credit.wire_ids import DrawingId, LineId

DRAWING_DISBURSED = "ecommerce_credit.drawing.disbursed.v1"
DRAWING_REFUSED = "ecommerce_credit.drawing.refused.v1"
DRAWING_REPAID = "ecommerce_credit.drawing.repaid.v1"


class DrawingTold(Answer):
    """A drawing was paid out, refused by the ledger (reason: a code), or repaid to the end. amount: what was drawn; minor units."""

    drawing_id: DrawingId
    line_id: LineId
    borrower: str
    amount: int
    currency: str
    daily_rate: Rate
    state: Literal["outstanding", "refused", "repaid"]
    due_on: Day | None
    outstanding_minor: int
    interest_repaid_minor: int
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = {
    DRAWING_DISBURSED: DrawingTold,
    DRAWING_REFUSED: DrawingTold,
    DRAWING_REPAID: DrawingTold,
}


def told(drawing: Drawing) -> dict[str, object]:
    return DrawingTold(
        drawing_id=drawing.id,
        line_id=drawing.line_id,
        borrower=drawing.borrower,
        amount=drawing.amount_minor,
        currency=drawing.currency,
        daily_rate=drawing.daily_rate,
        state=drawing.state.value,
        due_on=drawing.due_on,
        outstanding_minor=drawing.outstanding_minor,
        interest_repaid_minor=drawing.interest_repaid_minor,
        reason=drawing.reason,
    ).model_dump(mode="json")
