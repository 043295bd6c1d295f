"""The states of a repayment, and what it pays.

| state | event | by | to |
|---|---|---|---|
| pending | receive | ledger accepted the batch | received |
| pending | refuse | ledger refused the batch | refused |

received and refused are final; pending is ended by its job. Of a drawing interest is paid first, then principal; of several drawings the
one that is due first comes before the others. Never more than is owed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from finance.repayment import Due, allocate
from services.ecommerce_credit.drawings.model import Drawing
from services.ecommerce_credit.drawings.rules import interest_owed
from services.ecommerce_credit.errors import AboveOwed, CurrencyDiffers, NotAllowedInState
from services.ecommerce_credit.repayments.model import Part, PartKind, Repayment, RepaymentEvent, RepaymentState
from services.ecommerce_credit.transfer_ids import derived

TRANSITIONS: Mapping[tuple[RepaymentState, RepaymentEvent], RepaymentState] = {
    (RepaymentState.PENDING, RepaymentEvent.RECEIVE): RepaymentState.RECEIVED,
    (RepaymentState.PENDING, RepaymentEvent.REFUSE): RepaymentState.REFUSED,
}
Paid = tuple[UUID, PartKind, int]


def next_state(repayment: Repayment, event: RepaymentEvent) -> RepaymentState:
    """Where the event takes the repayment. Raises NotAllowedInState."""
    state = TRANSITIONS.get((repayment.state, event))
    if state is None:
        raise NotAllowedInState(f"a repayment that is {repayment.state} cannot {event}", state=repayment.state.value)
    return state


def allocation_of(drawings: Sequence[Drawing], *, amount_minor: int, currency: str, today: date) -> list[Paid]:
    """What an amount pays of outstanding drawings in one currency. Raises CurrencyDiffers, AboveOwed with what is owed."""
    if currency != drawings[0].currency:
        raise CurrencyDiffers(f"the line is in {drawings[0].currency}", field="currency")
    dues = [_due(number, drawing, today) for number, drawing in enumerate(drawings)]
    allocation = allocate(amount_minor, dues, today)
    if allocation.overpaid_minor:
        owed = sum(due.owed_minor for due in dues)
        raise AboveOwed("more than is owed", field="amount", owed_minor=owed)
    return [(drawings[part.number].id, PartKind(part.kind), part.amount_minor) for part in allocation.parts]


def parts_of(repayment_id: UUID, requested_at: datetime, account_id: UUID, paid: Sequence[Paid]) -> list[Part]:
    """At most two a drawing, each with the id of its transfer: the same whenever it is worked out."""
    return [
        Part(
            repayment_id,
            drawing_id,
            kind,
            amount,
            derived(requested_at, account_id, "repay", repayment_id, drawing_id, kind),
        )
        for drawing_id, kind, amount in paid
    ]


def _due(number: int, drawing: Drawing, today: date) -> Due:
    assert drawing.due_on is not None
    return Due(
        number,
        drawing.due_on,
        interest_minor=interest_owed(drawing, today),
        principal_minor=drawing.outstanding_minor,
    )
