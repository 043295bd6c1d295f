"""What forbids a loan, the limit, the decision, and the states of an application."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.identity import Caller
from services.p2p.applications import limits, rules
from services.p2p.applications.actions import roles
from services.p2p.applications.model import (
    Application,
    ApplicationEvent,
    ApplicationState,
    BorrowerKind,
    Role,
)
from services.p2p.applications.score import grading_of
from services.p2p.borrowers.model import Facts, Home
from services.p2p.borrowers.rules import (
    age_on,
    checked_identity_number,
    checked_organisation_number,
    may_borrow_by_age,
)
from services.p2p.checks import rules as check_rules
from services.p2p.checks.model import Check, CheckKind, CheckState
from services.p2p.errors import (
    AppealNotAllowed,
    ApprovalExpired,
    IdentityNumberWrong,
    NotAllowedInState,
    SecondPersonNeeded,
    TooSoonToReapply,
)
from services.p2p.scorecards.measures import Asked
from services.p2p.settings import ApplicationDeadlines

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
DAY = date(2026, 11, 24)
GOOD = Facts(
    annual_income_minor=30_000_000,
    monthly_debt_minor=100_000,
    debts_elsewhere_minor=500_000,
    credit_limit_minor=10_000_000,
    credit_since_year=2000,
    employment_months=120,
    home=Home.OWN,
)
APPLICATION = Application(
    id=UUID(int=1),
    borrower="cus_1",
    amount_minor=1_000_000,
    currency="CNY",
    term_months=12,
    purpose="education",
    state=ApplicationState.APPROVED,
    score=650,
    grade="A",
    reasons=(),
    scorecard_version="1",
    limit_minor=1_000_000,
    decided_by="rule",
    source="api",
    source_row=None,
    source_hash=None,
    submitted_at=NOW,
    changed_at=NOW,
    due_at=None,
)


def asked(facts: Facts, amount_minor: int = 100_000, currency: str = "CNY", term_months: int = 12) -> Asked:
    return Asked(facts, amount_minor, currency, term_months, DAY)


@pytest.mark.parametrize(
    ("changes", "age_allowed", "code"),
    [
        ({"annual_income_minor": 0}, True, "no_income"),
        ({"accounts_past_due": 1}, True, "accounts_past_due"),
        ({}, False, "age_outside_bounds"),
    ],
)
def test_what_forbids_a_loan_whatever_the_score(changes: dict[str, object], age_allowed: bool, code: str) -> None:
    grading = grading_of(asked(replace(GOOD, **changes)), age_allowed=age_allowed)  # type: ignore[arg-type]
    assert code in grading.refusals
    assert rules.decide(grading, 1_000_000) is ApplicationState.DECLINED


@given(
    st.builds(
        Facts,
        annual_income_minor=st.integers(0, 2**53),
        monthly_debt_minor=st.integers(0, 2**53),
        debts_elsewhere_minor=st.integers(0, 2**53),
        credit_limit_minor=st.integers(0, 2**53),
        credit_since_year=st.integers(1900, 2200),
        employment_months=st.integers(0, 1000),
        home=st.sampled_from(Home),
        late_payments_2y=st.integers(0, 1000),
        credit_inquiries_12m=st.integers(0, 1000),
        accounts_past_due=st.integers(0, 1000),
        bankruptcies=st.integers(0, 1000),
        credit_inquiries_6m=st.none() | st.integers(0, 1000),
    ),
    st.integers(1, 2**53),
    st.integers(1, 360),
)
def test_any_facts_have_a_grade_a_limit_within_the_law_and_a_decision(facts: Facts, amount: int, term: int) -> None:
    grading = grading_of(asked(facts, amount, term_months=term))
    cap = limits.cap_on(DAY, "CNY")
    assert cap is not None
    limit = limits.limit_of(grading.grade, facts.annual_income_minor, facts.debts_elsewhere_minor, 0, cap)
    assert limit % limits.STEP_MINOR == 0
    assert 0 <= limit <= cap.here_minor
    assert limit + facts.debts_elsewhere_minor <= max(cap.everywhere_minor, facts.debts_elsewhere_minor)
    decided = rules.decide(grading, limit)
    assert decided in (ApplicationState.APPROVED, ApplicationState.IN_REVIEW, ApplicationState.DECLINED)
    assert (decided is ApplicationState.DECLINED) == bool(grading.refusals or limit == 0)
    assert decided is not ApplicationState.DECLINED or rules.reasons_of(grading, limit)


def test_the_cap_of_a_natural_person_is_dated_and_sourced() -> None:
    cap = limits.cap_on(DAY, "CNY")
    assert cap is not None
    assert (cap.here_minor, cap.everywhere_minor) == (20_000_000, 100_000_000)
    assert "Interim Measures" in cap.source
    assert limits.cap_on(date(2016, 8, 16), "CNY") is None
    assert limits.cap_on(DAY, "USD") is None


def test_what_is_owed_here_and_elsewhere_leaves_less_room() -> None:
    cap = limits.cap_on(DAY, "CNY")
    assert cap is not None
    assert limits.room_under(cap, 0, 0) == 20_000_000
    assert limits.room_under(cap, 0, 15_000_000) == 5_000_000
    assert limits.room_under(cap, 99_000_000, 0) == 1_000_000
    assert limits.room_under(cap, 200_000_000, 0) == 0
    assert limits.limit_of("A", 100_000_000, 0, 19_950_000, cap) == 0


def test_grade_d_is_looked_at_by_a_person() -> None:
    graded = replace(grading_of(asked(GOOD)), grade="D")
    assert rules.decide(graded, 1_000_000) is ApplicationState.IN_REVIEW


def test_identity_numbers_are_checked() -> None:
    assert checked_identity_number("11010519491231002X") == "11010519491231002X"
    for wrong in ("110105194912310021", "110105199013078517", "12345678901234567X"):
        with pytest.raises(IdentityNumberWrong) as refused:
            checked_identity_number(wrong)
        assert refused.value.field == "identity_number"
        assert wrong not in refused.value.detail


def test_age_is_counted_to_the_birthday() -> None:
    number = "110105199003078510"
    assert age_on(number, date(2026, 3, 6)) == 35
    assert age_on(number, date(2026, 3, 7)) == 36
    assert may_borrow_by_age(number, date(2008, 3, 7))
    assert not may_borrow_by_age(number, date(2008, 3, 6))
    assert may_borrow_by_age(number, date(2056, 3, 6))
    assert not may_borrow_by_age(number, date(2056, 3, 7))


BY_ROLE = {
    ApplicationEvent.CONFIRM: Role.OPERATOR,
    ApplicationEvent.CLEAR: Role.CHECKS,
    ApplicationEvent.REFER: Role.CHECKS,
    ApplicationEvent.REFUSE: Role.CHECKS,
    ApplicationEvent.PROPOSE: Role.OPERATOR,
    ApplicationEvent.APPEAL: Role.BORROWER,
    ApplicationEvent.WITHDRAW: Role.BORROWER,
    ApplicationEvent.APPROVE: Role.OPERATOR,
    ApplicationEvent.DECLINE: Role.OPERATOR,
    ApplicationEvent.LIST: Role.BORROWER,
    ApplicationEvent.UNLIST: Role.LISTING,
    ApplicationEvent.FUND: Role.LISTING,
    ApplicationEvent.EXPIRE: Role.TIME,
}
KNOWN = {
    ("keyed", "confirm"): "checking",
    ("keyed", "decline"): "declined",
    ("keyed", "expire"): "expired",
    ("checking", "clear"): "approved",
    ("checking", "refer"): "in_review",
    ("checking", "refuse"): "declined",
    ("checking", "expire"): "in_review",
    ("in_review", "approve"): "approved",
    ("in_review", "propose"): "proposed",
    ("in_review", "decline"): "declined",
    ("in_review", "expire"): "expired",
    ("proposed", "approve"): "approved",
    ("proposed", "decline"): "declined",
    ("proposed", "expire"): "expired",
    ("declined", "approve"): "approved",
    ("declined", "propose"): "proposed",
    ("declined", "appeal"): "in_review",
    ("approved", "decline"): "declined",
    ("approved", "list"): "listed",
    ("approved", "expire"): "expired",
    ("listed", "unlist"): "approved",
    ("listed", "fund"): "funded",
    ("keyed", "withdraw"): "withdrawn",
    ("checking", "withdraw"): "withdrawn",
    ("in_review", "withdraw"): "withdrawn",
    ("proposed", "withdraw"): "withdrawn",
    ("approved", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize(("state", "event", "role"), list(product(ApplicationState, ApplicationEvent, Role)))
def test_every_event_in_every_state_by_every_party(
    state: ApplicationState, event: ApplicationEvent, role: Role
) -> None:
    past = NOW - timedelta(seconds=1) if event is ApplicationEvent.EXPIRE else NOW + timedelta(days=1)
    application = replace(APPLICATION, state=state, due_at=past)
    expected = KNOWN.get((state.value, event.value)) if BY_ROLE[event] is role else None
    if expected is None:
        with pytest.raises(NotAllowedInState):
            rules.next_state(application, event, {role}, NOW)
    else:
        assert rules.next_state(application, event, {role}, NOW).value == expected


def test_an_approval_is_not_used_late_nor_ended_early() -> None:
    with pytest.raises(ApprovalExpired):
        rules.next_state(replace(APPLICATION, due_at=NOW), ApplicationEvent.LIST, {Role.BORROWER}, NOW)
    with pytest.raises(NotAllowedInState):
        rules.next_state(
            replace(APPLICATION, due_at=NOW + timedelta(seconds=1)), ApplicationEvent.EXPIRE, {Role.TIME}, NOW
        )


def test_only_states_that_wait_have_a_deadline() -> None:
    deadlines = ApplicationDeadlines(7, 30)
    waiting = {state for state in ApplicationState if rules.due_at(state, NOW, deadlines) is not None}
    assert waiting == rules.UNDER_WAY - {ApplicationState.LISTED}


def test_who_is_what_to_an_application() -> None:
    assert roles(Caller("cus_1", "gateway"), APPLICATION) == {Role.BORROWER}
    assert roles(Caller("cus_2", "gateway"), APPLICATION) == set()
    assert roles(Caller("stf_1", "gateway", frozenset({"p2p:operate"})), APPLICATION) == {Role.OPERATOR}


def test_who_keyed_in_or_proposed_does_not_approve() -> None:
    for changes in ({"keyed_by": "stf_1"}, {"proposed_by": "stf_1"}):
        application = replace(APPLICATION, **changes)  # type: ignore[arg-type]
        with pytest.raises(SecondPersonNeeded):
            rules.require_second_person(application, "stf_1")
        rules.require_second_person(application, "stf_2")


def test_an_appeal_is_made_once_and_in_time() -> None:
    rules.require_appeal(APPLICATION, 0, NOW + timedelta(days=30), 30)
    for appeals, now in ((1, NOW), (0, NOW + timedelta(days=30, seconds=1))):
        with pytest.raises(AppealNotAllowed):
            rules.require_appeal(APPLICATION, appeals, now, 30)


def test_who_was_declined_waits_before_applying_again() -> None:
    rules.require_reapply(None, NOW, 7)
    rules.require_reapply(NOW - timedelta(days=7), NOW, 7)
    with pytest.raises(TooSoonToReapply):
        rules.require_reapply(NOW - timedelta(days=6), NOW, 7)


def test_an_organisation_is_always_looked_at_and_has_caps_of_its_own() -> None:
    assert rules.decide(grading_of(asked(GOOD)), 1_000_000, BorrowerKind.ORGANISATION) is ApplicationState.IN_REVIEW
    cap = limits.cap_on(DAY, "CNY", BorrowerKind.ORGANISATION)
    assert cap is not None
    assert (cap.here_minor, cap.everywhere_minor) == (100_000_000, 500_000_000)
    assert checked_organisation_number("91110000600037341L") == "91110000600037341L"
    with pytest.raises(IdentityNumberWrong):
        checked_organisation_number("91110000600037341A")


def check(kind: CheckKind, state: CheckState, **figures: int) -> Check:
    known = {"owed_minor": None, "past_due_minor": None, "lenders": None} | figures
    return Check(UUID(int=1), kind, state, None, tries=1, asked_at=NOW, due_at=None, ended_at=NOW, **known)  # type: ignore[arg-type]


def test_what_those_outside_say() -> None:
    nobody = check(CheckKind.IDENTITY, CheckState.FAILED)
    known = check(CheckKind.IDENTITY, CheckState.PASSED)
    debts = check(CheckKind.BUREAU, CheckState.PASSED, owed_minor=500_000, past_due_minor=0, lenders=2)
    late = replace(debts, past_due_minor=1)
    assert check_rules.refusals_of([nobody, late]) == ("identity_not_confirmed", "past_due_elsewhere")
    assert check_rules.refusals_of([known, debts]) == ()
    assert check_rules.something_is_open([nobody, debts], organisation=False, needed=True)
    assert not check_rules.something_is_open([known, debts], organisation=False, needed=True)
    assert not check_rules.something_is_open([], organisation=False, needed=False)
    assert check_rules.owed_elsewhere([known, debts], 400_000) == 500_000
    assert check_rules.owed_elsewhere([known, debts], 600_000) == 600_000
    assert not check_rules.owes_more_than_declared([known, debts], 400_000)
    assert check_rules.owes_more_than_declared([known, debts], 399_999)
    assert check_rules.owes_more_than_declared([debts], 416_666 - 20_000)
    assert check_rules.all_ended([known, debts])
    assert not check_rules.all_ended([known, check(CheckKind.BUREAU, CheckState.PENDING)])


def test_a_silent_source_is_asked_again_ever_later() -> None:
    waits = [check_rules.next_try(NOW, tries) - NOW for tries in range(12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=1))
