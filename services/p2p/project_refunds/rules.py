"""The states of a mass refund, and its division.

| state | event | by | to |
|---|---|---|---|
| running | stop | staff; every batch was sent, and the ledger refused shares | stopped |
| running | finish | every share is paid | done |
| stopped | resume | staff; time | running |
| stopped | finish | the batch that was under way when it was stopped was the last | done |

done is final. A batch that is begun is ended and recorded whatever the state; a stopped refund begins no other one. A share that is
refused keeps no other one back: the rest of the batches go on, and the refused are tried again when the refund is gone on with.
"""

from collections.abc import Mapping, Sequence

from finance.splitting import split_largest_remainder
from services.p2p.errors import NotAllowedInState
from services.p2p.project_refunds.model import Refund, RefundEvent, RefundState

BATCH = 8_000
"""Shares in a batch: within the 8,190 transfers that the ledger takes at once."""
STOPPED_DAYS = 7
S, E = RefundState, RefundEvent
TRANSITIONS: Mapping[tuple[RefundState, RefundEvent], RefundState] = {
    (S.RUNNING, E.STOP): S.STOPPED,
    (S.RUNNING, E.FINISH): S.DONE,
    (S.STOPPED, E.RESUME): S.RUNNING,
    (S.STOPPED, E.FINISH): S.DONE,
}


def next_state(refund: Refund, event: RefundEvent) -> RefundState:
    """Where the event takes the refund. Raises NotAllowedInState."""
    state = TRANSITIONS.get((refund.state, event))
    if state is None:
        raise NotAllowedInState(f"a refund that is {refund.state} cannot {event}", state=refund.state.value)
    return state


def shares_of(amount_minor: int, paid_minor: Sequence[int], keys: Sequence[bytes]) -> list[int]:
    """What of an amount goes back to each, in proportion to what she paid: largest remainder, ties by `keys`; never more than she paid."""
    return split_largest_remainder(amount_minor, paid_minor, tie_keys=keys)
