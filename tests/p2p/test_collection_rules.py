"""Decisions of collections without a database: every event in every state, when somebody may be contacted, which step is next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import start_of_day
from finance.calendars import is_business_day
from services.p2p.collections import contact_rules, promise_rules, request_rules, rules
from services.p2p.collections.errors import (
    ContactRulesContradict,
    ContactRulesNotNewer,
    PromiseAmountNotAllowed,
    PromiseDayNotAllowed,
    StepNotDue,
)
from services.p2p.collections.model import (
    Arrears,
    Case,
    CaseEvent,
    CaseState,
    Channel,
    ContactEvent,
    ContactRules,
    ContactState,
    Promise,
    PromiseEvent,
    PromiseState,
    RequestEvent,
    RequestState,
)
from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import CollectionAction, CollectionStep

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 12, 1)
RULES = ContactRules(
    version=1,
    valid_from=date(2025, 2, 28),
    source="tests",
    quiet_from=22 * 60,
    quiet_to=8 * 60,
    rest_calendar="none",
    most_a_day=3,
    most_a_week=10,
    promise_days_ahead=15,
    least_promise_share=Decimal("0.1"),
    promises_in_window=2,
    promise_window_days=30,
    report_hours=24,
    review_days=5,
    pause_days=30,
    assigned_days=7,
)
STEPS = (
    CollectionStep(1, CollectionAction.REMINDER),
    CollectionStep(4, CollectionAction.CALL),
    CollectionStep(31, CollectionAction.LETTER),
    CollectionStep(31, CollectionAction.VISIT),
    CollectionStep(91, CollectionAction.LAWSUIT),
)
STAFF, TIME = "operator", "time"
CASE: dict[tuple[str, str], tuple[set[str], str]] = {
    **{(state, "age"): ({TIME}, state) for state in ("open", "paused")},
    **{(state, what): ({STAFF}, state) for state in ("open", "paused") for what in ("take", "hand_over", "note")},
    **{(state, "release"): ({STAFF, TIME}, state) for state in ("open", "paused")},
    ("open", "step"): ({STAFF, TIME}, "open"),
    ("open", "pause"): ({STAFF, TIME}, "paused"),
    ("paused", "pause"): ({STAFF, TIME}, "paused"),
    ("paused", "resume"): ({STAFF, TIME}, "open"),
    ("open", "close"): ({TIME}, "closed"),
    ("paused", "close"): ({TIME}, "closed"),
}
REQUEST = {
    ("grant", "operator"): "granted",
    ("grant", "time"): "granted",
    ("decline", "operator"): "declined",
    ("withdraw", "borrower"): "withdrawn",
    ("lapse", "time"): "lapsed",
}


def outcome(decide: Callable[[], Any]) -> str | None:
    """The state that follows, or None where it is refused."""
    try:
        return str(decide())
    except NotAllowedInState:
        return None


@pytest.mark.parametrize(("state", "event", "role"), [*product(CaseState, CaseEvent, rules.Role)])
def test_every_event_in_every_state_of_a_case(state: CaseState, event: CaseEvent, role: rules.Role) -> None:
    roles, after = CASE.get((state.value, event.value), (set(), ""))
    assert outcome(lambda: rules.next_state(state, event, role)) == (after if role.value in roles else None)


@pytest.mark.parametrize(("state", "event"), [*product(ContactState, ContactEvent)])
def test_every_event_in_every_state_of_a_contact(state: ContactState, event: ContactEvent) -> None:
    expected = {"report": "reported", "lapse": "unreported"}[event.value] if state == "allowed" else None
    assert outcome(lambda: contact_rules.next_state(state, event)) == expected


@pytest.mark.parametrize(("state", "event"), [*product(PromiseState, PromiseEvent)])
def test_every_event_in_every_state_of_a_promise(state: PromiseState, event: PromiseEvent) -> None:
    after = {"keep": "kept", "keep_partly": "partly_kept", "break": "broken"}[event.value]
    assert outcome(lambda: promise_rules.next_state(state, event)) == (after if state == "open" else None)


@pytest.mark.parametrize(("state", "event", "role"), [*product(RequestState, RequestEvent, request_rules.Role)])
def test_every_event_in_every_state_of_a_request(
    state: RequestState, event: RequestEvent, role: request_rules.Role
) -> None:
    expected = REQUEST.get((event.value, role.value)) if state == "in_review" else None
    assert outcome(lambda: request_rules.next_state(state, event, role)) == expected


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "days", "allowed_at", "why"),
    [
        ("2026-12-01T08:00:00", [], "2026-12-01T08:00:00", None),
        ("2026-12-01T07:59:59", [], "2026-12-01T08:00:00", "quiet_hours"),
        ("2026-12-01T21:59:59", [], "2026-12-01T21:59:59", None),
        ("2026-12-01T22:00:00", [], "2026-12-02T08:00:00", "quiet_hours"),
        ("2026-12-01T23:59:59", [], "2026-12-02T08:00:00", "quiet_hours"),
        ("2026-12-01T00:00:00", [], "2026-12-01T08:00:00", "quiet_hours"),
        ("2026-12-01T10:00:00", [1, 1], "2026-12-01T10:00:00", None),
        ("2026-12-01T10:00:00", [1, 1, 1], "2026-12-02T08:00:00", "day"),
        ("2026-12-07T10:00:00", [1, 1, 1, 2, 2, 2, 3, 3, 3, 4], "2026-12-08T08:00:00", "week"),
        ("2026-12-08T10:00:00", [1, 1, 1, 2, 2, 2, 3, 3, 3, 4], "2026-12-08T10:00:00", None),
        ("2026-12-07T23:00:00", [1, 1, 1, 2, 2, 2, 3, 3, 3, 4], "2026-12-08T08:00:00", "quiet_hours"),
    ],
)
def test_when_somebody_may_be_contacted(at: str, days: list[int], allowed_at: str, why: str | None) -> None:
    found = contact_rules.earliest(RULES, [date(2026, 12, day) for day in days], local(at), ZONE)
    assert (found.at, found.bound_by) == (local(allowed_at), why)


def test_nobody_is_contacted_on_days_of_rest() -> None:
    """National Day of 2026; and of a year whose holidays are not announced the weekends are known."""
    resting = replace(RULES, rest_calendar="CN")
    found = contact_rules.earliest(resting, [], local("2026-10-01T12:00:00"), ZONE)
    assert found.bound_by == "quiet_hours"
    assert is_business_day(found.at.astimezone(ZONE).date(), "CN")
    saturday = contact_rules.earliest(resting, [], local("2090-01-07T12:00:00"), ZONE)
    assert saturday.at == local("2090-01-09T08:00:00")


HALF_HOURS = st.integers(0, 47).map(lambda half: half * 30)


@given(
    quiet=st.tuples(HALF_HOURS, HALF_HOURS),
    caps=st.tuples(st.integers(1, 3), st.integers(0, 4)),
    asked=st.lists(st.tuples(st.integers(0, 12), HALF_HOURS), max_size=40),
)
def test_caps_against_a_list_of_all_contacts(
    quiet: tuple[int, int], caps: tuple[int, int], asked: list[tuple[int, int]]
) -> None:
    """Asked for at many times, a second model that looks at every minute and every contact ever made allows the same."""
    ruled = replace(RULES, quiet_from=quiet[0], quiet_to=quiet[1], most_a_day=caps[0], most_a_week=sum(caps))
    made: list[datetime] = []

    def free(instant: datetime) -> bool:
        at = instant.astimezone(ZONE)
        minute, day = at.hour * 60 + at.minute, at.date()
        span = (quiet[1] - quiet[0]) % 1440
        same = [one for one in made if one.astimezone(ZONE).date() == day]
        week = [one for one in made if 0 <= (day - one.astimezone(ZONE).date()).days < 7]
        return (minute - quiet[0]) % 1440 >= span and len(same) < caps[0] and len(week) < sum(caps)

    for days, minute in sorted(asked):
        now = start_of_day(TODAY, ZONE) + timedelta(days=days, minutes=minute)
        recent = [one.astimezone(ZONE).date() for one in made if one > now - timedelta(days=8)]
        found = contact_rules.earliest(ruled, recent, now, ZONE)
        expected = now
        while not free(expected):
            expected += timedelta(minutes=30)
        assert found.at == expected
        assert (found.bound_by is None) == (expected == now)
        if found.bound_by is None:
            made.append(now)


def case_of(**changes: Any) -> Case:
    now = local("2026-12-01T12:00:00")
    made = Case(
        id=UUID(int=1),
        loan_id=UUID(int=2),
        borrower="cus_borrower",
        programme_code="open_auction",
        programme_version=2,
        currency="CNY",
        state=CaseState.OPEN,
        reason=None,
        oldest_due_on=TODAY,
        days_past_due=1,
        bucket="M1",
        overdue_minor=100,
        outstanding_minor=1000,
        steps_done=0,
        next_step=None,
        next_step_on=None,
        assignee=None,
        assigned_until=None,
        paused_until=None,
        opened_at=now,
        looked_at=now,
        changed_at=now,
        closed_at=None,
        due_at=now,
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("done", "days", "passed", "action"),
    [
        (0, 0, 0, "reminder"),
        (0, 1, 0, "reminder"),
        (1, 3, 1, "call"),
        (0, 4, 1, "call"),
        (0, 30, 1, "call"),
        (1, 31, 2, "letter"),
        (3, 31, 3, "visit"),
        (4, 40, 4, "lawsuit"),
        (0, 500, 4, "lawsuit"),
        (5, 500, 5, None),
        (3, 2, 3, "visit"),
    ],
)
def test_which_step_is_next(done: int, days: int, passed: int, action: str | None) -> None:
    found = rules.next_step(STEPS, done, days)
    assert (found.passed, None if found.step is None else found.step.action.value) == (passed, action)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(1, "M1"), (30, "M1"), (31, "M2"), (90, "M3"), (150, "M5"), (151, "M6"), (180, "M6"), (181, "M6+")],
)
def test_a_case_ages_by_its_oldest_unpaid_row(days: int, bucket: str) -> None:
    aged = rules.aged(case_of(), Arrears(TODAY - timedelta(days=days), 5, 7), STEPS, TODAY)
    assert (aged.days_past_due, aged.bucket, aged.overdue_minor, aged.outstanding_minor) == (days, bucket, 5, 7)
    younger = rules.aged(aged, Arrears(TODAY - timedelta(days=1), 5, 7), STEPS, TODAY)
    assert (younger.bucket, younger.steps_done >= aged.steps_done) == ("M1", True)


def test_only_the_step_that_is_due_is_taken() -> None:
    case = case_of(next_step="lawsuit", next_step_on=TODAY)
    rules.require_due(case, CollectionAction.LAWSUIT, TODAY)
    for action, day in ((CollectionAction.AGENCY, TODAY), (CollectionAction.LAWSUIT, TODAY - timedelta(days=1))):
        with pytest.raises(StepNotDue) as refused:
            rules.require_due(case, action, day)
        assert refused.value.facts["next_step"] == "lawsuit"
    call = case_of(next_step="call", next_step_on=TODAY)
    assert rules.step_of(call, Channel.PHONE, TODAY) is CollectionAction.CALL
    assert rules.step_of(call, Channel.LETTER, TODAY) is None
    assert rules.step_of(call, Channel.PHONE, TODAY - timedelta(days=1)) is None
    assert rules.step_of(case_of(), Channel.PHONE, TODAY) is None


def promise_of(amount: int) -> Promise:
    made, due_at = local("2026-12-01T12:00:00"), local("2026-12-06T00:00:00")
    state = PromiseState.OPEN
    return Promise(
        UUID(int=1), UUID(int=2), UUID(int=3), amount, "CNY", date(2026, 12, 5), state, "cus", made, None, None, due_at
    )


@pytest.mark.parametrize(
    ("paid", "at", "unknown", "event"),
    [
        (100, "2026-12-02T00:00:00", False, "keep"),
        (100, "2026-12-02T00:00:00", True, "keep"),
        (99, "2026-12-05T23:59:59", False, None),
        (99, "2026-12-06T00:00:00", False, "keep_partly"),
        (99, "2026-12-06T00:00:00", True, None),
        (0, "2026-12-06T00:00:00", False, "break"),
        (0, "2026-12-06T00:00:00", True, None),
        (0, "2026-12-05T23:59:59", False, None),
    ],
)
def test_what_becomes_of_a_promise(paid: int, at: str, unknown: bool, event: str | None) -> None:
    assert promise_rules.verdict(promise_of(100), paid, local(at), unknown=unknown) == event


def test_what_may_be_promised() -> None:
    for day in (TODAY, TODAY + timedelta(days=15)):
        promise_rules.require_day(RULES, day, TODAY)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=16)):
        with pytest.raises(PromiseDayNotAllowed) as refused:
            promise_rules.require_day(RULES, day, TODAY)
        assert refused.value.field == "due_on"
    for amount in (11, 200):
        promise_rules.require_amount(RULES, amount, overdue_minor=101, owed_minor=200)
    for amount in (10, 201):
        with pytest.raises(PromiseAmountNotAllowed) as too:
            promise_rules.require_amount(RULES, amount, overdue_minor=101, owed_minor=200)
        assert too.value.facts == {"least_minor": 11, "most_minor": 200}


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"quiet_from": 1, "quiet_to": 1300}, ContactRulesContradict, "quiet_to"),
        ({"most_a_day": 11}, ContactRulesContradict, "most_a_week"),
        ({"valid_from": TODAY - timedelta(days=1)}, ContactRulesNotNewer, "valid_from"),
    ],
)
def test_rules_of_contact_that_are_refused(changes: dict[str, Any], kind: Any, field: str) -> None:
    draft = replace(RULES, valid_from=TODAY)
    contact_rules.require_sound(draft, RULES, TODAY)
    with pytest.raises(kind) as refused:
        contact_rules.require_sound(replace(draft, **changes), RULES, TODAY)
    assert refused.value.field == field
