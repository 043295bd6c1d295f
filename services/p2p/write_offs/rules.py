"""The states of a write-off.

| state | event | by | to |
|---|---|---|---|
| proposed | approve | another person of staff, before `due_at` | approved |
| proposed | reject | another person of staff, before `due_at` | rejected |
| proposed | expire | time | expired |

approved, rejected and expired are final; after the last two it may be proposed again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from services.p2p.errors import NotAllowedInState
from services.p2p.write_offs.errors import NotLateEnough, SamePerson
from services.p2p.write_offs.model import WriteOff, WriteOffState

AFTER_DAYS = 180
"""More days past due than that: bucket M6+."""
DECIDED_WITHIN = timedelta(days=7)


class WriteOffEvent(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"


TRANSITIONS: Mapping[tuple[WriteOffState, WriteOffEvent], WriteOffState] = {
    (WriteOffState.PROPOSED, WriteOffEvent.APPROVE): WriteOffState.APPROVED,
    (WriteOffState.PROPOSED, WriteOffEvent.REJECT): WriteOffState.REJECTED,
    (WriteOffState.PROPOSED, WriteOffEvent.EXPIRE): WriteOffState.EXPIRED,
}


def next_state(write_off: WriteOff, event: WriteOffEvent) -> WriteOffState:
    """Where the event takes the write-off. Raises NotAllowedInState."""
    state = TRANSITIONS.get((write_off.state, event))
    if state is None:
        raise NotAllowedInState(f"a write-off that is {write_off.state} cannot {event}", state=write_off.state.value)
    return state


def require_late_enough(days_past_due: int) -> None:
    """Raises NotLateEnough."""
    if days_past_due <= AFTER_DAYS:
        raise NotLateEnough(
            f"a loan is written off when it is more than {AFTER_DAYS} days past due",
            field="loan_id",
            days_past_due=days_past_due,
        )


def require_another(write_off: WriteOff, decided_by: str) -> None:
    """Raises SamePerson."""
    if write_off.proposed_by == decided_by:
        raise SamePerson("whoever proposed it does not decide it")


def require_in_time(write_off: WriteOff, now: datetime) -> None:
    """Past its time it can only expire, though nobody has ended it yet. Raises NotAllowedInState."""
    if write_off.due_at is not None and write_off.due_at <= now:
        raise NotAllowedInState("nobody decided in time: propose it again", state="past_deadline")
