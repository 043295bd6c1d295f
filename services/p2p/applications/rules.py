"""The states of an application, and what the rule decides by itself.

| state | event | by | to |
|---|---|---|---|
| keyed | confirm | a second operator | checking |
| keyed, in_review, proposed | decline | operator | declined |
| checking | clear, refer, refuse | what those outside said | approved, in_review, declined |
| checking | expire | time: nobody answered | in_review |
| in_review | approve | operator | approved |
| in_review | propose | operator: much, or an identity not confirmed | proposed |
| proposed | approve | a second operator | approved |
| keyed, in_review, proposed, approved | expire | time | expired |
| declined | approve, propose | operator (override) | approved, proposed |
| declined | appeal | borrower, once and in time | in_review |
| keyed, checking, in_review, proposed, approved | withdraw | borrower | withdrawn |
| approved | decline | operator (override) | declined |
| approved | list | borrower | listed |
| listed | unlist | its listing failed | approved |
| listed | fund | its loan was paid out | funded |

funded, expired, withdrawn and recorded (imported) are final. Where nobody outside is to be asked, an application is decided at once.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.p2p.applications.model import (
    Application,
    ApplicationEvent,
    ApplicationState,
    BorrowerKind,
    Grading,
    Role,
)
from services.p2p.errors import (
    AppealNotAllowed,
    ApprovalExpired,
    NotAllowedInState,
    SecondPersonNeeded,
    TooSoonToReapply,
)
from services.p2p.settings import ApplicationDeadlines

S, E = ApplicationState, ApplicationEvent
NO_LIMIT = "no_limit_left"
UNDER_WAY = frozenset({S.KEYED, S.CHECKING, S.IN_REVIEW, S.PROPOSED, S.APPROVED, S.LISTED})
REFERRED_GRADES = frozenset({"D"})
"""Grades that a person looks at."""

ROLES: Mapping[ApplicationEvent, Role] = {
    E.CONFIRM: Role.OPERATOR,
    E.CLEAR: Role.CHECKS,
    E.REFER: Role.CHECKS,
    E.REFUSE: Role.CHECKS,
    E.PROPOSE: Role.OPERATOR,
    E.APPEAL: Role.BORROWER,
    E.WITHDRAW: Role.BORROWER,
    E.APPROVE: Role.OPERATOR,
    E.DECLINE: Role.OPERATOR,
    E.LIST: Role.BORROWER,
    E.UNLIST: Role.LISTING,
    E.FUND: Role.LISTING,
    E.EXPIRE: Role.TIME,
}
TRANSITIONS: Mapping[tuple[ApplicationState, ApplicationEvent], ApplicationState] = {
    (S.KEYED, E.CONFIRM): S.CHECKING,
    (S.KEYED, E.DECLINE): S.DECLINED,
    (S.KEYED, E.EXPIRE): S.EXPIRED,
    (S.CHECKING, E.CLEAR): S.APPROVED,
    (S.CHECKING, E.REFER): S.IN_REVIEW,
    (S.CHECKING, E.REFUSE): S.DECLINED,
    (S.CHECKING, E.EXPIRE): S.IN_REVIEW,
    (S.IN_REVIEW, E.APPROVE): S.APPROVED,
    (S.IN_REVIEW, E.PROPOSE): S.PROPOSED,
    (S.IN_REVIEW, E.DECLINE): S.DECLINED,
    (S.IN_REVIEW, E.EXPIRE): S.EXPIRED,
    (S.PROPOSED, E.APPROVE): S.APPROVED,
    (S.PROPOSED, E.DECLINE): S.DECLINED,
    (S.PROPOSED, E.EXPIRE): S.EXPIRED,
    (S.DECLINED, E.APPROVE): S.APPROVED,
    (S.DECLINED, E.PROPOSE): S.PROPOSED,
    (S.DECLINED, E.APPEAL): S.IN_REVIEW,
    (S.APPROVED, E.DECLINE): S.DECLINED,
    (S.APPROVED, E.LIST): S.LISTED,
    (S.APPROVED, E.EXPIRE): S.EXPIRED,
    (S.LISTED, E.UNLIST): S.APPROVED,
    (S.LISTED, E.FUND): S.FUNDED,
} | {(state, E.WITHDRAW): S.WITHDRAWN for state in UNDER_WAY - {S.LISTED}}
AFTER_CHECKS: Mapping[ApplicationState, ApplicationEvent] = {
    S.APPROVED: E.CLEAR,
    S.IN_REVIEW: E.REFER,
    S.DECLINED: E.REFUSE,
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


def require_second_person(application: Application, subject: str) -> None:
    """Four eyes: who keyed it in, proposed to approve it, or borrows is not who approves. Raises SecondPersonNeeded."""
    if subject in (application.keyed_by, application.proposed_by, application.borrower):
        raise SecondPersonNeeded("somebody else decides what you keyed in or proposed")


def require_appeal(application: Application, appeals: int, now: datetime, days: int) -> None:
    """Once, and within so many days of being declined. Raises AppealNotAllowed."""
    last = application.changed_at + timedelta(days=days)
    if appeals or now > last:
        raise AppealNotAllowed("an appeal is made once, and in time", until=str(last))


def require_reapply(declined_at: datetime | None, now: datetime, days: int) -> None:
    """Raises TooSoonToReapply: who was declined appeals, or waits."""
    if declined_at is not None and now < declined_at + timedelta(days=days):
        until = str(declined_at + timedelta(days=days))
        raise TooSoonToReapply("an application of hers was declined a few days ago", until=until)


def decide(
    grading: Grading, limit_minor: int, borrower_kind: BorrowerKind = BorrowerKind.NATURAL_PERSON
) -> ApplicationState:
    """What the rule says: declined for a hard reason or without a limit, referred to a person, else approved.

    The card was learned from persons: an organisation is always looked at.
    """
    if grading.refusals or limit_minor == 0:
        return ApplicationState.DECLINED
    referred = grading.grade in REFERRED_GRADES or borrower_kind is BorrowerKind.ORGANISATION
    return ApplicationState.IN_REVIEW if referred else ApplicationState.APPROVED


def reasons_of(grading: Grading, limit_minor: int) -> tuple[str, ...]:
    """What the borrower is told: what forbids a loan first, then what cost points."""
    nothing_left = (NO_LIMIT,) if limit_minor == 0 and not grading.refusals else ()
    return (*grading.refusals, *nothing_left, *grading.reasons)


def due_at(state: ApplicationState, now: datetime, deadlines: ApplicationDeadlines) -> datetime | None:
    """When an application that enters the state now leaves it by itself."""
    days = {
        S.KEYED: deadlines.review_days,
        S.CHECKING: deadlines.checking_days,
        S.IN_REVIEW: deadlines.review_days,
        S.PROPOSED: deadlines.review_days,
        S.APPROVED: deadlines.approval_days,
    }.get(state)
    return None if days is None else now + timedelta(days=days)
