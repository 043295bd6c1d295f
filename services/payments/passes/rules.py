"""The states of a pass.

| state | event | when | becomes |
|---|---|---|---|
| held | deliver | the other book took the money | delivered |
| held | refuse | the other book would not | refused |
| delivered | settle | the hold was posted | completed |
| refused | settle | the hold was voided | returned |

Everything else changes nothing: the job that carries a pass may be started twice.
"""

from services.payments.passes.model import PassState

_NEXT = {
    (PassState.HELD, "deliver"): PassState.DELIVERED,
    (PassState.HELD, "refuse"): PassState.REFUSED,
    (PassState.DELIVERED, "settle"): PassState.COMPLETED,
    (PassState.REFUSED, "settle"): PassState.RETURNED,
}


def after(state: PassState, event: str) -> PassState:
    """The state after an event; the same where the event says nothing new."""
    return _NEXT.get((state, event), state)
