"""The states of an application, and what the rule decides by itself.

| state | event | by | to |
|---|---|---|---|
| in_review | approve, decline | operator | approved, declined |
| in_review, approved | expire | time | expired |
| declined | approve | operator (override) | approved |
| approved | decline | operator (override) | declined |
| approved | list | borrower | listed |
| listed | unlist | its listing failed | approved |
| listed | fund | its loan was paid out | funded |

funded, expired and recorded (imported) are final.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.p2p.applications.model import Application, ApplicationEvent, ApplicationState, Grading, Role
from services.p2p.errors import ApprovalExpired, NotAllowedInState
from services.p2p.settings import ApplicationDeadlines

UNDER_WAY = frozenset({ApplicationState.IN_REVIEW, ApplicationState.APPROVED, ApplicationState.LISTED})
REFERRED_GRADES = frozenset({"D"})
"""Grades that a person looks at."""

ROLES: Mapping[ApplicationEvent, Role] = {
    ApplicationEvent.APPROVE: Role.OPERATOR,
    ApplicationEvent.DECLINE: Role.OPERATOR,
    ApplicationEvent.LIST: Role.BORROWER,
    ApplicationEvent.UNLIST: Role.LISTING,
    ApplicationEvent.FUND: Role.LISTING,
    ApplicationEvent.EXPIRE: Role.TIME,
}
TRANSITIONS: Mapping[tuple[ApplicationState, ApplicationEvent], ApplicationState] = {
    (ApplicationState.IN_REVIEW, ApplicationEvent.APPROVE): ApplicationState.APPROVED,
    (ApplicationState.IN_REVIEW, ApplicationEvent.DECLINE): ApplicationState.DECLINED,
    (ApplicationState.IN_REVIEW, ApplicationEvent.EXPIRE): ApplicationState.EXPIRED,
    (ApplicationState.DECLINED, ApplicationEvent.APPROVE): ApplicationState.APPROVED,
    (ApplicationState.APPROVED, ApplicationEvent.DECLINE): ApplicationState.DECLINED,
    (ApplicationState.APPROVED, ApplicationEvent.LIST): ApplicationState.LISTED,
    (ApplicationState.APPROVED, ApplicationEvent.EXPIRE): ApplicationState.EXPIRED,
    (ApplicationState.LISTED, ApplicationEvent.UNLIST): ApplicationState.APPROVED,
    (ApplicationState.LISTED, ApplicationEvent.FUND): ApplicationState.FUNDED,
}


def next_state(
    application: Application, event: ApplicationEvent, roles: Iterable[Role], now: datetime
) -> ApplicationState:
    """Where the event takes the application. Raises NotAllowedInState, ApprovalExpired."""
    if ROLES[event] not in set(roles):
        raise NotAllowedInState(f"to {event} an application is for another party", state=application.state.value)
    state = TRANSITIONS.get((application.state, event))
    if state is None:
        raise NotAllowedInState(
            f"an application that is {application.state} cannot {event}", state=application.state.value
        )
    past = application.due_at is not None and application.due_at <= now
    if event is ApplicationEvent.EXPIRE and not past:
        raise NotAllowedInState("the application is not past its deadline", state=application.state.value)
    if event is ApplicationEvent.LIST and past:
        raise ApprovalExpired("the approval was not used in time", due_at=str(application.due_at))
    return state


def decide(grading: Grading, limit_minor: int) -> ApplicationState:
    """What the rule says: declined for a hard reason or without a limit, referred to a person, else approved."""
    if grading.refusals or limit_minor == 0:
        return ApplicationState.DECLINED
    return ApplicationState.IN_REVIEW if grading.grade in REFERRED_GRADES else ApplicationState.APPROVED


def reasons_of(grading: Grading, limit_minor: int) -> tuple[str, ...]:
    """What the borrower is told: what forbids a loan first, then what cost points."""
    nothing_left = ("no_limit_left",) if limit_minor == 0 and not grading.refusals else ()
    return (*grading.refusals, *nothing_left, *grading.reasons)


def due_at(state: ApplicationState, now: datetime, deadlines: ApplicationDeadlines) -> datetime | None:
    """When an application that enters the state now leaves it by itself."""
    if state is ApplicationState.IN_REVIEW:
        return now + timedelta(days=deadlines.review_days)
    if state is ApplicationState.APPROVED:
        return now + timedelta(days=deadlines.approval_days)
    return None
