"""The states of a milestone.

| state | event | by | to |
|---|---|---|---|
| planned | report | creator | reported |
| planned | miss | time, once those before it are paid | overdue |
| planned | extend | staff | planned |
| overdue | extend | staff | planned |
| reported | check | staff | checked |
| reported, checked | return | staff | planned |
| checked | release | another of staff | paying |
| planned | release | nobody: a project without milestones is paid out at once | paying |
| paying | pay | ledger took the payout | paid |
| paying | refuse | ledger refused it | checked |
| planned, overdue, reported, checked | close | the project is refunded; nothing is left to be paid when one was missed | closed |

paid and closed are final. planned and overdue end by themselves at `due_at` (the day, and the days staff has to decide, after which
the rest is refunded); reported and checked wait for staff, who are told again every week; paying has its job.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.clock import start_of_day
from services.p2p.errors import NotAllowedInState
from services.p2p.milestones.model import Milestone, MilestoneEvent, MilestoneState

DECISION_DAYS = 30
"""How long staff may let a missed milestone wait: then the rest is refunded."""
REMINDER_DAYS = 7
S, E = MilestoneState, MilestoneEvent
TRANSITIONS: Mapping[tuple[MilestoneState, MilestoneEvent], MilestoneState] = {
    (S.PLANNED, E.REPORT): S.REPORTED,
    (S.PLANNED, E.MISS): S.OVERDUE,
    (S.PLANNED, E.EXTEND): S.PLANNED,
    (S.OVERDUE, E.EXTEND): S.PLANNED,
    (S.REPORTED, E.CHECK): S.CHECKED,
    (S.REPORTED, E.RETURN): S.PLANNED,
    (S.CHECKED, E.RETURN): S.PLANNED,
    (S.CHECKED, E.RELEASE): S.PAYING,
    (S.PLANNED, E.RELEASE): S.PAYING,
    (S.PAYING, E.PAY): S.PAID,
    (S.PAYING, E.REFUSE): S.CHECKED,
    (S.PLANNED, E.CLOSE): S.CLOSED,
    (S.OVERDUE, E.CLOSE): S.CLOSED,
    (S.REPORTED, E.CLOSE): S.CLOSED,
    (S.CHECKED, E.CLOSE): S.CLOSED,
}


def next_state(milestone: Milestone, event: MilestoneEvent) -> MilestoneState:
    """Where the event takes the milestone. Raises NotAllowedInState."""
    state = TRANSITIONS.get((milestone.state, event))
    if state is None:
        raise NotAllowedInState(f"a milestone that is {milestone.state} cannot {event}", state=milestone.state.value)
    return state


def due_at(state: MilestoneState, due_on: date, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When a milestone that enters the state now leaves it, or is told of again. The day itself counts whole."""
    if state is S.PLANNED:
        return start_of_day(due_on + timedelta(days=1), zone)
    if state is S.OVERDUE:
        return now + timedelta(days=DECISION_DAYS)
    return now + timedelta(days=REMINDER_DAYS) if state in (S.REPORTED, S.CHECKED) else None
