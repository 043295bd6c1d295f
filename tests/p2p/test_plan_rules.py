"""Plans, enrolments, slices that orders buy: every event in every state, contradiction and cap; income beside a naive second model."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.p2p.enrolments import income
from services.p2p.enrolments import rules as enrolment_rules
from services.p2p.enrolments.errors import AmountOutOfPlan, EarlyExitNotOffered, SomethingIsLent
from services.p2p.enrolments.model import EnrolmentEvent, EnrolmentState, Fills
from services.p2p.errors import CurrencyDiffers, NotAllowedInState
from services.p2p.plans import rules as plan_rules
from services.p2p.plans.contradictions import contradictions
from services.p2p.plans.errors import PlanFull, PlanNotOffered
from services.p2p.plans.model import AboveCap, Plan, PlanEvent, PlanResale, PlanState, PlanVersion
from services.p2p.programmes.model import LossBearer, LossLayer, Origination, Programme, ResaleTerms
from services.p2p.sale_matching.model import Offered, Slice
from services.p2p.sale_matching.rules import months_until, obstacles, slice_of
from services.p2p.standing_orders.model import Bounds, Criteria, OrderState, ResaleWish, StandingOrder
from tests.p2p.records import programme_of

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PLAN_STATES = {
    ("draft", "publish"): "published",
    ("draft", "close"): "closed",
    ("published", "close"): "closed",
}
ENROLMENT_STATES = {
    ("investing", "cancel"): "cancelled",
    ("investing", "lock"): "locked",
    ("locked", "unlock"): "free",
    ("locked", "leave"): "exiting",
    ("free", "leave"): "exiting",
    ("exiting", "clear"): "settling",
    ("settling", "settle"): "ended",
    ("settling", "waive"): "ended",
    ("settling", "reopen"): "exiting",
}
CASES: list[Any] = [
    *[(PLAN_STATES, plan_rules.next_state, *pair) for pair in product(PlanState, PlanEvent)],
    *[(ENROLMENT_STATES, enrolment_rules.next_state, *pair) for pair in product(EnrolmentState, EnrolmentEvent)],
]
RESALE = ResaleTerms(30, Decimal("0.9"), Decimal("1.1"), Decimal("0.005"))
PROGRAMME = replace(
    programme_of(), resale=RESALE, plans=True, lot_minor=1_000, grades=("A", "B"), highest_rate=Decimal("0.12")
)
PLAN = Plan(
    code="u_plan",
    version=1,
    names={"en": "U plan", "zh": "U计划"},
    expected_income={"en": "about 6 %, not guaranteed", "zh": "约6%，不保证"},
    currency="CNY",
    programmes=("open_auction",),
    grades=("A",),
    terms_months=(12,),
    lowest_rate=Decimal("0.05"),
    share_cap=Decimal("0.5"),
    least_minor=10_000,
    most_minor=100_000,
    total_minor=1_000_000,
    offered_from_on=TODAY,
    offered_until_on=TODAY + timedelta(days=30),
    investing_days=10,
    lock_in_days=90,
    resale=PlanResale(Decimal("0.05")),
    income_cap=Decimal("0.06"),
    above_cap=AboveCap.TO_PLATFORM,
    joining_fee_rate=Decimal("0.001"),
    exit_fee_rate=Decimal("0.002"),
    early_exit_fee_rate=Decimal("0.01"),
)


@pytest.mark.parametrize(("table", "next_state", "state", "event"), CASES)
def test_every_event_in_every_state(table: Any, next_state: Any, state: Any, event: Any) -> None:
    record = SimpleNamespace(state=state)
    expected = table.get((state.value, event.value))
    if expected is None:
        with pytest.raises(NotAllowedInState):
            next_state(record, event)
    else:
        assert next_state(record, event).value == expected


@pytest.mark.parametrize(
    ("table", "states", "final"),
    [(PLAN_STATES, PlanState, {"closed"}), (ENROLMENT_STATES, EnrolmentState, {"ended", "cancelled"})],
)
def test_every_state_has_a_way_out(table: Any, states: Any, final: set[str]) -> None:
    assert {state.value for state in states} - {state for state, _ in table} == final


def told(plan: Plan, *programmes: Programme) -> set[str]:
    found = programmes or (PROGRAMME,)
    return {name for name, _ in contradictions(plan, {one.code: one for one in found}, TODAY)}


CONTRADICTORY: list[tuple[str, dict[str, Any]]] = [
    ("names", {"names": {"en": "U plan"}}),
    ("expected_income", {"expected_income": {"en": "guaranteed 6 %", "zh": "约6%"}}),
    ("expected_income", {"expected_income": {"en": "about 6 %", "zh": "保本保息"}}),
    ("programmes", {"programmes": ()}),
    ("programmes", {"programmes": ("nowhere",)}),
    ("grades", {"grades": ("F",)}),
    ("grades", {"grades": ("E",)}),
    ("terms_months", {"terms_months": (60,)}),
    ("lowest_rate", {"lowest_rate": Decimal("0.2")}),
    ("currency", {"currency": "USD"}),
    ("least_minor", {"least_minor": 500}),
    ("least_minor", {"most_minor": 5_000}),
    ("least_minor", {"total_minor": 50_000}),
    ("share_cap", {"share_cap": Decimal(0)}),
    ("lock_in_days", {"lock_in_days": 29}),
    ("lock_in_days", {"lock_in_days": 731}),
    ("investing_days", {"investing_days": 91}),
    ("offered_until_on", {"offered_until_on": TODAY - timedelta(days=1)}),
    ("offered_until_on", {"offered_from_on": TODAY + timedelta(days=31)}),
    ("offered_until_on", {"offered_until_on": TODAY + timedelta(days=400)}),
    ("above_cap", {"above_cap": None}),
    ("above_cap", {"income_cap": None}),
    ("income_cap", {"income_cap": Decimal("1.5")}),
    ("above_cap", {"above_cap": AboveCap.TO_RESERVE_FUND}),
    ("joining_fee_rate", {"joining_fee_rate": Decimal("0.06")}),
    ("early_exit_fee_rate", {"early_exit_fee_rate": Decimal("0.001")}),
    ("resale", {"resale": PlanResale(Decimal("0.05"), Decimal("1.2"), Decimal("1.1"))}),
    ("resale", {"resale": PlanResale(Decimal("0.05"), Decimal("1.2"), Decimal("1.3"))}),
    ("resale", {"resale": PlanResale(Decimal("0.05"), longest_months=0)}),
]


@pytest.mark.parametrize(("field", "changes"), CONTRADICTORY)
def test_every_contradiction_of_a_plan_is_told(field: str, changes: dict[str, Any]) -> None:
    assert told(PLAN) == set()
    assert field in told(replace(PLAN, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"plans": False},
        {"standing_orders": False},
        {"resale": None},
        {"origination": (Origination.FIRST_LENDER,)},
    ],
)
def test_programmes_that_no_plan_lends_on(changes: dict[str, Any]) -> None:
    assert "programmes" in told(PLAN, replace(PROGRAMME, **changes))


def test_a_fund_that_bears_losses_may_have_what_is_above_the_cap() -> None:
    fund = replace(PROGRAMME, loss_waterfall=(LossLayer(LossBearer.RESERVE_FUND, 30),))
    assert told(replace(PLAN, above_cap=AboveCap.TO_RESERVE_FUND), fund) == set()


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert told(replace(PLAN, share_cap=Decimal(2), lock_in_days=0, grades=())) >= {
        "share_cap",
        "lock_in_days",
        "grades",
    }


def test_who_may_join() -> None:
    version = PlanVersion(PLAN, PlanState.PUBLISHED, "stf_tests", NOW, NOW, NOW)
    plan_rules.require_offered(version, TODAY)
    plan_rules.require_offered(version, PLAN.offered_until_on)
    for refused in (replace(version, state=PlanState.CLOSED), replace(version, state=PlanState.DRAFT)):
        with pytest.raises(PlanNotOffered):
            plan_rules.require_offered(refused, TODAY)
    for day in (TODAY - timedelta(days=1), PLAN.offered_until_on + timedelta(days=1)):
        with pytest.raises(PlanNotOffered):
            plan_rules.require_offered(version, day)
    plan_rules.require_room(PLAN, 990_000, 10_000)
    with pytest.raises(PlanFull):
        plan_rules.require_room(PLAN, 990_001, 10_000)
    enrolment_rules.require_amount(PLAN, 10_000, "CNY")
    for amount in (9_999, 100_001):
        with pytest.raises(AmountOutOfPlan):
            enrolment_rules.require_amount(PLAN, amount, "CNY")
    with pytest.raises(CurrencyDiffers):
        enrolment_rules.require_amount(PLAN, 10_000, "USD")


def test_who_may_leave_and_cancel() -> None:
    locked: Any = SimpleNamespace(state=EnrolmentState.LOCKED, locked_until_at=NOW)
    assert enrolment_rules.is_early(locked, PLAN, NOW - timedelta(seconds=1))
    assert not enrolment_rules.is_early(locked, PLAN, NOW)
    with pytest.raises(EarlyExitNotOffered):
        enrolment_rules.is_early(locked, replace(PLAN, early_exit_fee_rate=None), NOW - timedelta(seconds=1))
    free: Any = SimpleNamespace(state=EnrolmentState.FREE, locked_until_at=NOW)
    assert not enrolment_rules.is_early(free, PLAN, NOW)
    enrolment_rules.require_cancellable(Fills(0, 0, 0))
    for fills in (Fills(0, 1, 0), Fills(0, 0, 1)):
        with pytest.raises(SomethingIsLent):
            enrolment_rules.require_cancellable(fills)


def test_days_begin_at_midnight_of_the_suite() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert enrolment_rules.begins(date(2026, 11, 24), 10, zone) == datetime(2026, 12, 3, 16, tzinfo=UTC)
    assert enrolment_rules.median([]) is None
    assert [enrolment_rules.median(days) for days in ([3], [1, 9], [5, 1, 3])] == [3, 9, 3]


FLOWS = st.lists(st.tuples(st.integers(0, 60), st.integers(-100_000, 100_000)), max_size=12).map(
    lambda found: [(TODAY + timedelta(days=day), amount) for day, amount in found]
)


def naive(plan: Plan, flows: list[income.Flow], until: date, early: bool) -> tuple[int, int, int, int]:
    """Peak, capital days, fees and excess, day by day."""
    peak = days = 0
    day = TODAY
    last = max((on for on, _ in flows), default=TODAY)
    while day < until or day <= last:
        out = -sum(amount for on, amount in flows if on <= day)
        peak = max(peak, out)
        days += max(0, out) if day < until else 0
        day += timedelta(days=1)
    back = sum(amount for _, amount in flows if amount > 0)
    rate = plan.early_exit_fee_rate if early else plan.exit_fee_rate
    fees = min(back, int(peak * plan.joining_fee_rate) + int(peak * (rate or 0)))
    earned = sum(amount for _, amount in flows) - fees
    cap = Fraction(plan.income_cap or 0) * days / 365
    return peak, days, fees, max(0, int(earned - cap)) if earned > cap else 0


@given(FLOWS, st.integers(0, 90), st.booleans())
@settings(max_examples=150, deadline=None)
def test_income_is_settled_as_a_naive_second_model_does(flows: list[income.Flow], days: int, early: bool) -> None:
    until = TODAY + timedelta(days=days)
    settled = income.settle(PLAN, flows, until=until, early=early)
    peak, capital_days, fees, excess = naive(PLAN, flows, until, early)
    assert (settled.peak_minor, settled.capital_days, settled.fees_minor) == (peak, capital_days, fees)
    assert settled.excess_minor == excess
    assert 0 <= settled.charged_minor <= settled.back_minor, "never more than came in"
    kept = settled.income_minor - settled.charged_minor
    cap = Fraction("0.06") * capital_days / 365
    if settled.excess_minor:
        assert 0 <= kept - cap < 1, "she keeps the cap, rounded up"
    else:
        assert kept <= cap + 1


def test_what_is_above_the_cap_by_hand() -> None:
    """1,000.00 out for 365 days, 100.00 came of it: fees 3.00, the cap 60.00, 37.00 is above it."""
    flows = [(TODAY, -100_000), (TODAY + timedelta(days=365), 110_000)]
    settled = income.settle(PLAN, flows, until=TODAY + timedelta(days=365), early=False)
    assert (settled.income_minor, settled.fees_minor, settled.excess_minor) == (10_000, 300, 3_700)
    early = income.settle(PLAN, flows, until=TODAY + timedelta(days=365), early=True)
    assert (early.fees_minor, early.excess_minor) == (1_100, 2_900)
    hers = replace(PLAN, above_cap=AboveCap.TO_LENDER)
    assert income.settle(hers, flows, until=TODAY + timedelta(days=365), early=False).excess_minor == 0
    lost = income.settle(PLAN, [(TODAY, -100_000), (TODAY + timedelta(days=9), 40_000)], until=TODAY, early=False)
    assert (lost.income_minor, lost.excess_minor, lost.fees_minor) == (-60_000, 0, 300)


OFFERED = Offered(
    sale_id=UUID(int=1),
    loan_id=UUID(int=2),
    programme="open_auction",
    grade="A",
    currency="CNY",
    seller="cus_seller",
    borrower="cus_borrower",
    price_share=Decimal("0.98"),
    yield_rate=Decimal("0.11"),
    longest_months=9,
    left_minor=50_321,
    loan_minor=100_000,
    lot_minor=1_000,
    in_parts=True,
    lender_share=Decimal("0.8"),
    at=NOW,
)
BOUNDS = Bounds(5_000, 60_000, Decimal(1), 100_000, 0)


def at(share: str) -> Callable[[int], int]:
    return lambda principal: max(1, int(principal * Fraction(share)))


@pytest.mark.parametrize(
    ("bounds", "budget", "held", "expected"),
    [
        ({}, 100_000, 0, (50_321, "left_of_sale")),
        ({"most_minor": 20_500}, 100_000, 0, (20_000, "most_amount")),
        ({"most_minor": 20_500}, 100_000, 16_000, "most_amount_below_least"),
        ({"share_cap": Decimal("0.3")}, 100_000, 0, (30_000, "share_cap")),
        ({}, 100_000, 40_000, (20_000, "most_amount")),
        ({"most_minor": 90_000}, 100_000, 40_000, (40_000, "lender_share")),
        ({}, 30_000, 0, (30_000, "budget")),
        ({}, 4_000, 0, "budget_below_least"),
        ({"least_minor": 60_000}, 100_000, 0, (50_321, "left_of_sale")),
        ({"least_minor": 60_000}, 49_000, 0, "budget_below_least"),
    ],
)
def test_how_much_of_an_offer_an_order_buys(bounds: dict[str, Any], budget: int, held: int, expected: Any) -> None:
    found = slice_of(replace(BOUNDS, **bounds), budget, held, OFFERED, at("0.98"))
    assert (found if isinstance(found, str) else (found.principal_minor, found.bound_by)) == expected


def test_what_passes_on_whole_is_bought_whole_or_not() -> None:
    whole = replace(OFFERED, in_parts=False)
    assert slice_of(BOUNDS, 40_000, 0, whole, at("1")) == "budget_below_least"
    assert slice_of(replace(BOUNDS, most_minor=40_000), 90_000, 0, whole, at("1")) == "most_amount_below_least"
    assert isinstance(slice_of(BOUNDS, 50_321, 0, whole, at("1")), Slice)


@given(st.integers(0, 70_000), st.integers(1, 70_000), st.integers(0, 70_000), st.integers(500, 1500))
@settings(max_examples=150, deadline=None)
def test_it_is_the_largest_slice_that_the_caps_and_the_budget_allow(
    budget: int, most: int, held: int, thousandths: int
) -> None:
    price = at(f"{thousandths}/1000")
    bounds = replace(BOUNDS, least_minor=1, most_minor=most)
    room = min(most - held, 100_000 - held, 80_000 - held, OFFERED.left_minor)
    possible = [OFFERED.left_minor, *range(1_000, OFFERED.left_minor, 1_000)]
    best = max((one for one in possible if one <= room and price(one) <= budget), default=0)
    found = slice_of(bounds, budget, held, OFFERED, price)
    assert (0 if isinstance(found, str) else found.principal_minor) == best


def order_of(**changes: Any) -> StandingOrder:
    made = StandingOrder(
        id=UUID(int=3),
        lender="cus_lender",
        account_id=UUID(int=4),
        criteria=Criteria("CNY", Decimal("0.05"), ("open_auction",), ("A",), (12,)),
        bounds=BOUNDS,
        committed_minor=0,
        state=OrderState.ACTIVE,
        reason=None,
        refusals=0,
        place=1,
        queued_at=NOW,
        version=1,
        requested_at=NOW,
        changed_at=NOW,
        expires_at=NOW + timedelta(days=1),
        resale=ResaleWish(Decimal("0.1"), Decimal("0.9"), Decimal("1"), 12),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("changes", "offered", "expected"),
    [
        ({}, {}, []),
        ({"state": OrderState.PAUSED}, {}, ["not_active"]),
        ({"expires_at": NOW}, {}, ["expired"]),
        ({"resale": None}, {}, ["buys_no_claims"]),
        ({}, {"seller": "cus_lender"}, ["own_sale"]),
        ({}, {"borrower": "cus_lender"}, ["own_loan"]),
        ({}, {"currency": "USD"}, ["currency"]),
        ({}, {"programme": "other"}, ["programme"]),
        ({}, {"grade": "B"}, ["grade"]),
        ({"committed_minor": 96_000}, {}, ["out_of_budget"]),
        ({}, {"yield_rate": Decimal("0.0999")}, ["yield_below_floor"]),
        ({}, {"price_share": Decimal("1.000001")}, ["price"]),
        ({}, {"longest_months": 13}, ["term"]),
        ({}, {"for_plans": False}, []),
        ({"managed": True}, {"for_plans": False}, ["not_for_plans"]),
    ],
)
def test_what_keeps_an_order_from_an_offer(changes: Any, offered: Any, expected: list[str]) -> None:
    assert obstacles(order_of(**changes), replace(OFFERED, **offered)) == expected


def test_months_that_have_begun_count() -> None:
    assert [
        months_until(date(2026, 11, 24), day) for day in (date(2026, 11, 24), date(2027, 1, 24), date(2027, 1, 25))
    ] == [0, 2, 3]
