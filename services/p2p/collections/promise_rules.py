"""The states of a promise to pay, and what may be promised.

| state | event | by | to |
|---|---|---|---|
| open | keep | time: so much was repaid by the end of its day | kept |
| open | keep_partly | time: its day is over, and less was repaid | partly_kept |
| open | break | time: its day is over, and nothing was repaid | broken |

All but open are final.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import ceil

from services.p2p.collections.errors import PromiseAmountNotAllowed, PromiseDayNotAllowed
from services.p2p.collections.model import ContactRules, Promise, PromiseEvent, PromiseState
from services.p2p.errors import NotAllowedInState

TRANSITIONS: Mapping[tuple[PromiseState, PromiseEvent], PromiseState] = {
    (PromiseState.OPEN, PromiseEvent.KEEP): PromiseState.KEPT,
    (PromiseState.OPEN, PromiseEvent.KEEP_PARTLY): PromiseState.PARTLY_KEPT,
    (PromiseState.OPEN, PromiseEvent.BREAK): PromiseState.BROKEN,
}


def next_state(state: PromiseState, event: PromiseEvent) -> PromiseState:
    """Raises NotAllowedInState."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise NotAllowedInState(f"a promise that is {state} cannot {event}", state=state.value)
    return after


def verdict(promise: Promise, paid_minor: int, now: datetime, *, unknown: bool) -> PromiseEvent | None:
    """What became of it. paid_minor: repaid from when it was made to the end of its day.

    unknown: whether a repayment of that time is still under way, and then only a promise that is kept anyhow is decided.
    """
    if paid_minor >= promise.amount_minor:
        return PromiseEvent.KEEP
    if unknown or promise.due_at is None or now < promise.due_at:
        return None
    return PromiseEvent.KEEP_PARTLY if paid_minor else PromiseEvent.BREAK


def require_day(rules: ContactRules, due_on: date, today: date) -> None:
    """Raises PromiseDayNotAllowed."""
    latest = today + timedelta(days=rules.promise_days_ahead)
    if not today <= due_on <= latest:
        raise PromiseDayNotAllowed(
            f"from today to {latest}", field="due_on", earliest=today.isoformat(), latest=latest.isoformat()
        )


def require_amount(rules: ContactRules, amount_minor: int, *, overdue_minor: int, owed_minor: int) -> None:
    """overdue_minor: today; owed_minor: of all rows that are due by the day promised. Raises PromiseAmountNotAllowed."""
    least = ceil(overdue_minor * rules.least_promise_share)
    if not least <= amount_minor <= owed_minor:
        raise PromiseAmountNotAllowed(
            f"from {least} to {owed_minor}", field="amount", least_minor=least, most_minor=owed_minor
        )
