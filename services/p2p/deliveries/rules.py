"""The states of a delivery.

| state | event | by | to |
|---|---|---|---|
| owed | ship | creator | shipped |
| shipped | receive | backer; time | received |
| owed, shipped | close | the project is refunded; what was paid for it is taken back | closed |

received and closed are final. shipped ends by itself at `due_at`; owed ends with its project, which is told to be undelivered.
"""

from collections.abc import Mapping
from datetime import date

from services.p2p.deliveries.model import Delivery, DeliveryEvent, DeliveryState
from services.p2p.errors import NotAllowedInState

RECEIVED_AFTER_DAYS = 15
"""What was shipped counts as received after so long, unless the backer says so before."""
S, E = DeliveryState, DeliveryEvent
TRANSITIONS: Mapping[tuple[DeliveryState, DeliveryEvent], DeliveryState] = {
    (S.OWED, E.SHIP): S.SHIPPED,
    (S.SHIPPED, E.RECEIVE): S.RECEIVED,
    (S.OWED, E.CLOSE): S.CLOSED,
    (S.SHIPPED, E.CLOSE): S.CLOSED,
}


def next_state(delivery: Delivery, event: DeliveryEvent) -> DeliveryState:
    """Where the event takes the delivery. Raises NotAllowedInState."""
    state = TRANSITIONS.get((delivery.state, event))
    if state is None:
        raise NotAllowedInState(f"a delivery that is {delivery.state} cannot {event}", state=delivery.state.value)
    return state


def days_late(promised_on: date, shipped_on: date | None, today: date) -> int:
    """By how many days it was shipped late, or is late by now."""
    return max(0, ((shipped_on or today) - promised_on).days)
