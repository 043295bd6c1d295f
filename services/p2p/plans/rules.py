"""The states of a version of a plan, and who may join.

| state | event | by | to |
|---|---|---|---|
| draft | publish | staff, but who made it; the version published before it is closed with it | published |
| draft | close | staff | closed |
| published | close | staff; the next version | closed |

closed is final. When the days of the offer are over nobody joins a published one either.
"""

from collections.abc import Mapping
from datetime import date

from services.p2p.errors import NotAllowedInState, SecondPersonNeeded
from services.p2p.plans.errors import PlanFull, PlanNotOffered
from services.p2p.plans.model import Plan, PlanEvent, PlanState, PlanVersion

TRANSITIONS: Mapping[tuple[PlanState, PlanEvent], PlanState] = {
    (PlanState.DRAFT, PlanEvent.PUBLISH): PlanState.PUBLISHED,
    (PlanState.DRAFT, PlanEvent.CLOSE): PlanState.CLOSED,
    (PlanState.PUBLISHED, PlanEvent.CLOSE): PlanState.CLOSED,
}


def next_state(version: PlanVersion, event: PlanEvent) -> PlanState:
    """Where the event takes the version. Raises NotAllowedInState."""
    state = TRANSITIONS.get((version.state, event))
    if state is None:
        raise NotAllowedInState(f"a plan that is {version.state} cannot {event}", state=version.state.value)
    return state


def require_second_person(version: PlanVersion, staff: str) -> None:
    """Raises SecondPersonNeeded."""
    if version.made_by == staff:
        raise SecondPersonNeeded("somebody else than who made it publishes it", field="version")


def require_offered(version: PlanVersion, today: date) -> None:
    """Raises PlanNotOffered."""
    plan = version.plan
    if version.state is not PlanState.PUBLISHED:
        raise PlanNotOffered("nobody joins this version", field="version", state=version.state.value)
    if not plan.offered_from_on <= today <= plan.offered_until_on:
        days = {
            "offered_from_on": plan.offered_from_on.isoformat(),
            "offered_until_on": plan.offered_until_on.isoformat(),
        }
        raise PlanNotOffered("it is offered on other days", field="version", **days)


def require_room(plan: Plan, taken_minor: int, amount_minor: int) -> None:
    """taken_minor: by all who are in the plan. Raises PlanFull."""
    left = max(0, plan.total_minor - taken_minor)
    if amount_minor > left:
        raise PlanFull("more than is left of the plan", field="amount", left_minor=left)
