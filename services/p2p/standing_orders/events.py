"""Events of standing orders."""

from typing import Literal

from chassis.wire import Answer
from services.p2p.standing_orders.model import StandingOrder
from services.p2p.wire_ids import StandingOrderId

ORDER_ACTIVE = "p2p.standing_order.active.v1"
ORDER_PAUSED = "p2p.standing_order.paused.v1"
ORDER_ENDED = "p2p.standing_order.ended.v1"


class StandingOrderTold(Answer):
    """A standing order became active, was paused or ended. lender: `cus_…`; reason: a code such as `three_refusals` or `expired`."""

    standing_order_id: StandingOrderId
    lender: str
    currency: str
    budget: int
    committed: int
    state: Literal["active", "paused", "ended"]
    reason: str | None


EVENT_TYPES: dict[str, type[Answer]] = dict.fromkeys((ORDER_ACTIVE, ORDER_PAUSED, ORDER_ENDED), StandingOrderTold)


def told(order: StandingOrder) -> dict[str, object]:
    return StandingOrderTold(
        standing_order_id=order.id,
        lender=order.lender,
        currency=order.criteria.currency,
        budget=order.bounds.budget_minor,
        committed=order.committed_minor,
        state=order.state.value,
        reason=order.reason,
    ).model_dump(mode="json")
