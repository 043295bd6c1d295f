"""The states of a lead: who may do what in which, when each ends by itself, and what stops a lead from being sent."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from services.info_broker.errors import LeadExpired, NotAllowedInState, NotYours
from services.info_broker.institutions.model import Institution, LicenceState
from services.info_broker.institutions.rules import licence_state
from services.info_broker.leads.model import Lead, LeadEvent, LeadState, Role
from services.info_broker.settings import LeadDeadlines

DUPLICATE_DAYS = 30
FINAL = frozenset({LeadState.REJECTED, LeadState.WITHDRAWN, LeadState.CLOSED})
OPEN = frozenset({LeadState.NEW, LeadState.ROUTED})

# Who may cause an event; anybody else who sees the lead is told that the step is another's.
ROLES: Mapping[LeadEvent, frozenset[Role]] = {
    LeadEvent.ROUTE: frozenset({Role.OPERATOR}),
    LeadEvent.ACCEPT: frozenset({Role.INSTITUTION, Role.OPERATOR}),
    LeadEvent.REJECT: frozenset({Role.INSTITUTION, Role.OPERATOR}),
    LeadEvent.WITHDRAW: frozenset({Role.CUSTOMER}),
    LeadEvent.EXPIRE: frozenset({Role.TIME}),
}

# Consent may be withdrawn as long as anybody still holds the contact: from an accepted lead too.
TRANSITIONS: Mapping[tuple[LeadState, LeadEvent], LeadState] = {
    (LeadState.NEW, LeadEvent.ROUTE): LeadState.ROUTED,
    (LeadState.NEW, LeadEvent.WITHDRAW): LeadState.WITHDRAWN,
    (LeadState.NEW, LeadEvent.EXPIRE): LeadState.CLOSED,
    (LeadState.ROUTED, LeadEvent.ACCEPT): LeadState.ACCEPTED,
    (LeadState.ROUTED, LeadEvent.REJECT): LeadState.REJECTED,
    (LeadState.ROUTED, LeadEvent.WITHDRAW): LeadState.WITHDRAWN,
    (LeadState.ROUTED, LeadEvent.EXPIRE): LeadState.CLOSED,
    (LeadState.ACCEPTED, LeadEvent.WITHDRAW): LeadState.WITHDRAWN,
}


def next_state(lead: Lead, event: LeadEvent, roles: Iterable[Role], now: datetime) -> LeadState:
    """Where the event takes the lead. Raises NotYours, NotAllowedInState, LeadExpired.

    At its deadline a lead takes no event but the deadline's own and a withdrawal, though nobody has closed it yet.
    """
    if not ROLES[event] & set(roles):
        raise NotYours(f"to {event} a lead is for another party", field=None)
    state = TRANSITIONS.get((lead.state, event))
    if state is None:
        raise NotAllowedInState(f"a lead that is {lead.state} cannot {event}", state=lead.state)
    due = lead.due_at is not None and lead.due_at <= now
    if event is LeadEvent.EXPIRE and not due:
        raise NotAllowedInState("the lead is not past its deadline", state=lead.state)
    if due and event not in (LeadEvent.EXPIRE, LeadEvent.WITHDRAW):
        raise LeadExpired("the deadline of this state has passed", state=lead.state)
    return state


def due_at(state: LeadState, now: datetime, deadlines: LeadDeadlines) -> datetime | None:
    """When a lead that enters the state now leaves it by itself."""
    if state is LeadState.NEW:
        return now + timedelta(days=deadlines.routing_days)
    if state is LeadState.ROUTED:
        return now + timedelta(days=deadlines.answer_days)
    return None


def expiry_reason(state: LeadState) -> str:
    return "not_routed_in_time" if state is LeadState.NEW else "not_answered_in_time"


def routing_obstacle(institution: Institution | None, product_kind: str, day: date) -> str | None:
    """Why a lead for this product cannot be sent to the institution on that day; None: it can."""
    if institution is None:
        return "institution_not_identified"
    if not institution.takes_leads:
        return "institution_takes_no_leads"
    state = licence_state(institution.licences, day, product_kind)
    if state is not LicenceState.VALID:
        return f"licence_{state}"
    return None
