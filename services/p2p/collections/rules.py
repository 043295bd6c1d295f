"""The states of a case, and which step of the programme is next.

| state | event | by | to |
|---|---|---|---|
| open, paused | age | time: another bucket | as it was |
| open, paused | take, hand_over, note | operator | as it was |
| open, paused | release | operator, or time: no work on it | as it was |
| open | step | operator, or time: a reminder | open |
| open, paused | pause | operator, or time: what she asked for is granted | paused |
| paused | resume | operator, or time: the pause ends | open |
| open, paused | close | time: nothing is overdue | closed |

closed is final: a loan that falls behind again has another case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from finance.ageing import MONTHS, days_past_due
from services.p2p.collections.errors import CaseNotTaken, CaseTaken, StepNotDue
from services.p2p.collections.model import Arrears, Case, CaseEvent, CaseState, Channel
from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import CollectionAction, CollectionStep


class Role(StrEnum):
    OPERATOR = "operator"
    TIME = "time"


class Next(NamedTuple):
    """passed: of the steps, those taken or passed over; step: the one after, if there is one."""

    passed: int
    step: CollectionStep | None


STEP_CHANNELS: Mapping[CollectionAction, Channel] = {
    CollectionAction.REMINDER: Channel.MESSAGE,
    CollectionAction.CALL: Channel.PHONE,
    CollectionAction.LETTER: Channel.LETTER,
    CollectionAction.VISIT: Channel.VISIT,
}
"""Steps that are contacts. The others (agency, lawsuit) are told by whoever takes them."""

_ALIVE, _BOTH = (CaseState.OPEN, CaseState.PAUSED), frozenset(Role)
_STAFF, _TIME = frozenset({Role.OPERATOR}), frozenset({Role.TIME})
_STAYS: Mapping[CaseEvent, frozenset[Role]] = {
    CaseEvent.AGE: _TIME,
    CaseEvent.TAKE: _STAFF,
    CaseEvent.HAND_OVER: _STAFF,
    CaseEvent.NOTE: _STAFF,
    CaseEvent.RELEASE: _BOTH,
}
TRANSITIONS: Mapping[tuple[CaseState, CaseEvent], tuple[frozenset[Role], CaseState]] = {
    **{(state, event): (roles, state) for event, roles in _STAYS.items() for state in _ALIVE},
    (CaseState.OPEN, CaseEvent.STEP): (_BOTH, CaseState.OPEN),
    (CaseState.OPEN, CaseEvent.PAUSE): (_BOTH, CaseState.PAUSED),
    (CaseState.PAUSED, CaseEvent.PAUSE): (_BOTH, CaseState.PAUSED),
    (CaseState.PAUSED, CaseEvent.RESUME): (_BOTH, CaseState.OPEN),
    (CaseState.OPEN, CaseEvent.CLOSE): (_TIME, CaseState.CLOSED),
    (CaseState.PAUSED, CaseEvent.CLOSE): (_TIME, CaseState.CLOSED),
}


def next_state(state: CaseState, event: CaseEvent, role: Role) -> CaseState:
    """Where the event takes a case. Raises NotAllowedInState."""
    roles, after = TRANSITIONS.get((state, event), (frozenset(), state))
    if role not in roles:
        raise NotAllowedInState(f"a case that is {state} cannot {event}", state=state.value)
    return after


def require_taken_by(case: Case, party: str) -> None:
    """A case is worked on by whoever took it. Raises CaseNotTaken."""
    if case.assignee != party:
        raise CaseNotTaken("take the case first", field="case_id", assignee=case.assignee)


def require_free(case: Case, party: str) -> None:
    """Raises CaseTaken."""
    if case.assignee not in (None, party):
        raise CaseTaken("somebody else works on it", field="case_id", assignee=case.assignee)


def next_step(steps: Sequence[CollectionStep], done: int, days: int) -> Next:
    """Of the steps not yet done the last whose day has come, else the first whose day has not; steps between are passed over.

    Whoever is first looked at late is not worked through from the beginning: nobody is reminded of what is with a lawyer.
    """
    left = list(enumerate(steps))[done:]
    latest = max((step.after_days for _, step in left if step.after_days <= days), default=None)
    wanted = [at for at, step in left if latest is None or step.after_days == latest]
    return Next(wanted[0], steps[wanted[0]]) if wanted else Next(len(steps), None)


def aged(case: Case, arrears: Arrears, steps: Sequence[CollectionStep], today: date) -> Case:
    """The case as of today: how late, how much, and what is next. Days of grace change nothing of it."""
    days = days_past_due(arrears.oldest_due_on, today)
    found = next_step(steps, case.steps_done, days)
    step = found.step
    return replace(
        case,
        oldest_due_on=arrears.oldest_due_on,
        days_past_due=days,
        bucket=MONTHS.bucket(days).name,
        overdue_minor=arrears.overdue_minor,
        outstanding_minor=arrears.outstanding_minor,
        steps_done=found.passed,
        next_step=None if step is None else step.action.value,
        next_step_on=None if step is None else arrears.oldest_due_on + timedelta(days=step.after_days),
    )


def require_due(case: Case, action: CollectionAction, today: date) -> None:
    """Raises StepNotDue."""
    if case.next_step != action.value or case.next_step_on is None or case.next_step_on > today:
        raise StepNotDue(
            "that is not the step that is due",
            field="action",
            next_step=case.next_step,
            next_step_on=None if case.next_step_on is None else case.next_step_on.isoformat(),
        )


def step_of(case: Case, channel: Channel, today: date) -> CollectionAction | None:
    """The step that a contact by this channel is, if that is what is due."""
    if case.next_step is None or case.next_step_on is None or case.next_step_on > today:
        return None
    action = CollectionAction(case.next_step)
    return action if STEP_CHANNELS.get(action) is channel else None
