from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from services.info_broker.consents import rules as consent_rules
from services.info_broker.errors import (
    ConsentRequired,
    ConsentTextSuperseded,
    LeadExpired,
    NotAllowedInState,
    NotYours,
    PurposeNotInText,
    UnknownConsentText,
)
from services.info_broker.institutions.model import Institution
from services.info_broker.leads.model import Lead, LeadEvent, LeadState, Role
from services.info_broker.leads.rules import OPEN, due_at, next_state, routing_obstacle
from services.info_broker.settings import LeadDeadlines

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
ID = UUID(int=7)
DEADLINES = LeadDeadlines(routing_days=7, answer_days=14, retention_days=180)

# The whole machine: from each state, where each event by its right party leads; None: refused.
MACHINE: dict[LeadState, dict[LeadEvent, LeadState | None]] = {
    LeadState.NEW: {
        LeadEvent.ROUTE: LeadState.ROUTED,
        LeadEvent.ACCEPT: None,
        LeadEvent.REJECT: None,
        LeadEvent.WITHDRAW: LeadState.WITHDRAWN,
        LeadEvent.EXPIRE: LeadState.CLOSED,
    },
    LeadState.ROUTED: {
        LeadEvent.ROUTE: None,
        LeadEvent.ACCEPT: LeadState.ACCEPTED,
        LeadEvent.REJECT: LeadState.REJECTED,
        LeadEvent.WITHDRAW: LeadState.WITHDRAWN,
        LeadEvent.EXPIRE: LeadState.CLOSED,
    },
    LeadState.ACCEPTED: dict.fromkeys(LeadEvent) | {LeadEvent.WITHDRAW: LeadState.WITHDRAWN},
    LeadState.REJECTED: dict.fromkeys(LeadEvent),
    LeadState.WITHDRAWN: dict.fromkeys(LeadEvent),
    LeadState.CLOSED: dict.fromkeys(LeadEvent),
}
RIGHT = {
    LeadEvent.ROUTE: {Role.OPERATOR},
    LeadEvent.ACCEPT: {Role.INSTITUTION, Role.OPERATOR},
    LeadEvent.REJECT: {Role.INSTITUTION, Role.OPERATOR},
    LeadEvent.WITHDRAW: {Role.CUSTOMER},
    LeadEvent.EXPIRE: {Role.TIME},
}
EVERY = list(product(LeadState, LeadEvent, Role))


def lead_in(state: LeadState, *, due_in: timedelta = timedelta(days=1)) -> Lead:
    due = NOW + due_in if state in OPEN else None
    return Lead(ID, ID, 1, ID, "cus_x", ID, ID, None, None, state, None, NOW, NOW, due)


@pytest.mark.parametrize(("state", "event", "role"), EVERY)
def test_every_event_in_every_state_by_every_party(state: LeadState, event: LeadEvent, role: Role) -> None:
    in_time = timedelta(0) if event is LeadEvent.EXPIRE else timedelta(days=1)
    lead, expected = lead_in(state, due_in=in_time), MACHINE[state][event]
    if role not in RIGHT[event]:
        with pytest.raises(NotYours):
            next_state(lead, event, {role}, NOW)
    elif expected is None:
        with pytest.raises(NotAllowedInState) as refusal:
            next_state(lead, event, {role}, NOW)
        assert refusal.value.facts == {"state": state}
    else:
        assert next_state(lead, event, {role}, NOW) is expected


@pytest.mark.parametrize(("state", "event"), list(product(LeadState, LeadEvent)))
def test_twice_is_refused(state: LeadState, event: LeadEvent) -> None:
    then = MACHINE[state][event]
    if then is not None:
        with pytest.raises(NotAllowedInState):
            next_state(lead_in(then, due_in=timedelta(0)), event, RIGHT[event], NOW + timedelta(days=2))


@pytest.mark.parametrize(("state", "event"), [(LeadState.NEW, LeadEvent.ROUTE), (LeadState.ROUTED, LeadEvent.ACCEPT)])
def test_at_its_deadline_a_lead_takes_only_its_end_or_a_withdrawal(state: LeadState, event: LeadEvent) -> None:
    lead = lead_in(state, due_in=timedelta(0))
    with pytest.raises(LeadExpired):
        next_state(lead, event, RIGHT[event], NOW)
    assert next_state(lead, LeadEvent.WITHDRAW, {Role.CUSTOMER}, NOW) is LeadState.WITHDRAWN
    assert next_state(lead, LeadEvent.EXPIRE, {Role.TIME}, NOW) is LeadState.CLOSED


def test_time_does_not_end_a_lead_early() -> None:
    with pytest.raises(NotAllowedInState):
        next_state(lead_in(LeadState.NEW), LeadEvent.EXPIRE, {Role.TIME}, NOW)


def test_open_states_have_a_deadline_and_final_ones_none() -> None:
    ends = {state: due_at(state, NOW, DEADLINES) for state in LeadState}
    assert ends[LeadState.NEW] == NOW + timedelta(days=7)
    assert ends[LeadState.ROUTED] == NOW + timedelta(days=14)
    assert {state for state, end in ends.items() if end is not None} == OPEN


def test_nobody_without_a_part_in_it_moves_a_lead() -> None:
    with pytest.raises(NotYours):
        next_state(lead_in(LeadState.NEW), LeadEvent.WITHDRAW, set(), NOW)


def institution(**changes: object) -> Institution:
    content = {
        "kind": "fund_house",
        "takes_leads": True,
        "licences": [{"kind": "public_fund_management", "valid_from_on": "2020-01-01", "valid_until_on": "2026-11-24"}],
    }
    return Institution(ID, "house", 1, NOW, content | changes)


def test_what_stops_a_lead_from_being_sent() -> None:
    last, after = date(2026, 11, 24), date(2026, 11, 25)
    assert routing_obstacle(institution(), "fund", last) is None
    assert routing_obstacle(institution(), "fund", after) == "licence_expired"
    assert routing_obstacle(institution(), "fund", date(2019, 12, 31)) == "licence_not_yet_valid"
    assert routing_obstacle(institution(), "loan", last) == "licence_none"
    assert routing_obstacle(institution(licences=[]), "fund", last) == "licence_none"
    assert routing_obstacle(institution(takes_leads=False), "fund", last) == "institution_takes_no_leads"
    assert routing_obstacle(None, "fund", last) == "institution_not_identified"


def test_only_a_consent_that_carries_a_lead_is_taken() -> None:
    day = date(2026, 11, 24)
    consent_rules.check("2021-11", ["contact_by_institution", "reminders"], day)
    consent_rules.check("2015-01", ["contact_by_institution"], date(2021, 10, 31))
    for version, purposes, on, refusal in (
        ("1999-01", ["contact_by_institution"], day, UnknownConsentText),
        ("2015-01", ["contact_by_institution"], date(2021, 11, 1), ConsentTextSuperseded),
        ("2021-11", ["contact_by_institution"], date(2021, 10, 31), ConsentTextSuperseded),
        ("2021-11", ["contact_by_institution", "sell_it"], day, PurposeNotInText),
        ("2021-11", ["reminders"], day, ConsentRequired),
    ):
        with pytest.raises(refusal):
            consent_rules.check(version, purposes, on)
