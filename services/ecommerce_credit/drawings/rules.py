"""The states of a drawing, what it must satisfy, and what is owed on it.

| state | event | by | to |
|---|---|---|---|
| pending | disburse | ledger made the transfer | outstanding |
| pending | refuse | ledger refused it | refused |
| outstanding | repay | a repayment that leaves principal | outstanding |
| outstanding | repay_last | one that leaves none | repaid |

repaid and refused are final; pending is ended by its job.

Interest is simple: each business day, on the principal with which it closes, at the drawing's daily rate, exactly. It is rounded once, half
up, when it is asked for: what was received before is taken off the exact sum, so no rounding adds up.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Context, Decimal, Inexact
from typing import Final

from finance.accrual import Accrued
from services.ecommerce_credit.drawings.model import Drawing, DrawingEvent, DrawingState
from services.ecommerce_credit.errors import (
    AboveAvailable,
    AboveRateCeiling,
    BelowLeast,
    CurrencyDiffers,
    NotAllowedInState,
    TooManyDrawings,
)
from services.ecommerce_credit.limits.rules import ceiling_on, least_drawing
from services.ecommerce_credit.lines.model import Line, LineState

MOST_DRAWINGS = 100
ROUNDING: Final = "half_up"
_EXACT = Context(prec=100, traps=[Inexact])
TRANSITIONS: Mapping[tuple[DrawingState, DrawingEvent], DrawingState] = {
    (DrawingState.PENDING, DrawingEvent.DISBURSE): DrawingState.OUTSTANDING,
    (DrawingState.PENDING, DrawingEvent.REFUSE): DrawingState.REFUSED,
    (DrawingState.OUTSTANDING, DrawingEvent.REPAY): DrawingState.OUTSTANDING,
    (DrawingState.OUTSTANDING, DrawingEvent.REPAY_LAST): DrawingState.REPAID,
}


def next_state(drawing: Drawing, event: DrawingEvent) -> DrawingState:
    """Where the event takes the drawing. Raises NotAllowedInState."""
    state = TRANSITIONS.get((drawing.state, event))
    if state is None:
        raise NotAllowedInState(f"a drawing that is {drawing.state} cannot {event}", state=drawing.state.value)
    return state


def require_drawable(line: Line, *, amount_minor: int, currency: str, alive: int, past_deadline: bool) -> None:
    """alive: drawings of the line that are not repaid. Raises what forbids the drawing."""
    if line.state is not LineState.OPEN or past_deadline:
        state = LineState.EXPIRED if line.state is LineState.OPEN else line.state
        raise NotAllowedInState("the line may not be drawn on any more", state=state.value)
    if currency != line.currency:
        raise CurrencyDiffers(f"the line is in {line.currency}", field="currency")
    least = least_drawing(currency)
    if amount_minor < least:
        raise BelowLeast("less than the least drawing", field="amount", least_minor=least)
    if amount_minor > line.available_minor:
        raise AboveAvailable("more than the line has left", field="amount", available_minor=line.available_minor)
    if alive >= MOST_DRAWINGS:
        raise TooManyDrawings(f"a line has at most {MOST_DRAWINGS} drawings that are not repaid")


def require_allowed(line: Line, amount_minor: int, day: date, lender: str) -> None:
    """A drawing is a contract of its day, whatever the law was when the line was opened. Raises AboveRateCeiling."""
    ceiling = ceiling_on(day, amount_minor, line.daily_rate, lender)
    if ceiling.verdict != "allowed":
        raise AboveRateCeiling(
            "the line's rate is dearer than the law allows today",
            all_in_rate=f"{ceiling.all_in_rate:.6f}",
            ceiling=str(ceiling.enforceable),
            source=ceiling.source,
        )


def interest_to(drawing: Drawing, day: date) -> Decimal:
    """Exact interest of every day before `day`, whatever was received of it; days that are not closed yet included."""
    if drawing.accrued_to_on is None:
        return Decimal(0)
    until = max(day, drawing.accrued_to_on)
    standing = Accrued(drawing.accrued_to_on, drawing.interest_accrued)
    return standing.accrue(drawing.outstanding_minor, drawing.daily_rate, until).amount


def interest_owed(drawing: Drawing, day: date) -> int:
    """Whole minor units of interest to be paid on that day, never negative."""
    if drawing.accrued_to_on is None:
        return 0
    left = _EXACT.subtract(interest_to(drawing, day), Decimal(drawing.interest_repaid_minor))
    owed, _ = Accrued(day, left).charge(ROUNDING)
    return max(0, owed)


def overdue(drawing: Drawing, day: date) -> bool:
    return drawing.state is DrawingState.OUTSTANDING and drawing.due_on is not None and drawing.due_on < day
