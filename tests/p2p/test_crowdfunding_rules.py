"""Every event in every state of crowdfunding's nouns; what a draft is refused for; divisions that lose nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import SUITE_ZONE
from services.p2p.deliveries import rules as delivery_rules
from services.p2p.deliveries.model import DeliveryEvent, DeliveryState
from services.p2p.errors import NotAllowedInState
from services.p2p.milestones import rules as milestone_rules
from services.p2p.milestones.model import MilestoneEvent, MilestoneState
from services.p2p.pledges import rules as pledge_rules
from services.p2p.pledges.model import PledgeEvent, PledgeState
from services.p2p.programmes.model import FundingGoal, FundingProgramme, ShortfallRule
from services.p2p.project_refunds import rules as refund_rules
from services.p2p.project_refunds.model import RefundEvent, RefundState
from services.p2p.projects import rules
from services.p2p.projects.errors import ProjectClosed
from services.p2p.projects.model import ProjectEvent, ProjectState, SurplusRule
from services.p2p.projects.rules import MilestonePlan, Outcome

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
Table = dict[tuple[str, str], str]
PROJECT: Table = {
    ("draft", "submit"): "submitted",
    ("draft", "cancel"): "cancelled",
    ("submitted", "recommend"): "recommended",
    ("submitted", "return"): "draft",
    ("submitted", "decline"): "declined",
    ("submitted", "cancel"): "cancelled",
    ("recommended", "approve"): "opening",
    ("recommended", "return"): "draft",
    ("recommended", "decline"): "declined",
    ("recommended", "cancel"): "cancelled",
    ("opening", "open"): "live",
    ("opening", "cancel"): "cancelled",
    ("live", "cancel"): "cancelled",
    ("live", "collect"): "collecting",
    ("live", "fail"): "failed",
    ("collecting", "fund"): "funded",
    ("collecting", "refund"): "refunding",
    ("collecting", "fail"): "failed",
    ("funded", "pay_out"): "delivering",
    ("funded", "refund"): "refunding",
    ("refunding", "refunded"): "refunded",
    ("refunding", "returned"): "delivering",
    ("delivering", "fulfil"): "fulfilled",
    ("delivering", "give_up"): "undelivered",
}
PLEDGE: Table = {
    ("pending", "ask"): "unsigned",
    ("pending", "lapse"): "lapsed",
    ("pending", "withdraw"): "withdrawn",
    ("unsigned", "sign"): "standing",
    ("unsigned", "lapse"): "lapsed",
    ("unsigned", "withdraw"): "withdrawn",
    ("standing", "change"): "standing",
    ("standing", "withdraw"): "withdrawn",
    ("standing", "release"): "released",
    ("standing", "charge"): "charging",
    ("charging", "collect"): "collected",
    ("charging", "fail"): "retrying",
    ("retrying", "charge"): "charging",
    ("retrying", "drop"): "dropped",
    ("collected", "refund"): "refunded",
    ("collected", "charge_back"): "charged_back",
    ("refunded", "charge_back"): "charged_back",
}
MILESTONE: Table = {
    ("planned", "report"): "reported",
    ("planned", "miss"): "overdue",
    ("planned", "extend"): "planned",
    ("overdue", "extend"): "planned",
    ("reported", "check"): "checked",
    ("reported", "return"): "planned",
    ("checked", "return"): "planned",
    ("checked", "release"): "paying",
    ("planned", "release"): "paying",
    ("paying", "pay"): "paid",
    ("paying", "refuse"): "checked",
    ("planned", "close"): "closed",
    ("overdue", "close"): "closed",
    ("reported", "close"): "closed",
    ("checked", "close"): "closed",
}
DELIVERY: Table = {
    ("owed", "ship"): "shipped",
    ("shipped", "receive"): "received",
    ("owed", "close"): "closed",
    ("shipped", "close"): "closed",
}
REFUND: Table = {
    ("running", "stop"): "stopped",
    ("running", "finish"): "done",
    ("stopped", "resume"): "running",
    ("stopped", "finish"): "done",
}
CASES: list[tuple[Table, Callable[[Any, Any], Any], StrEnum, StrEnum]] = [
    *[(PROJECT, rules.next_state, *pair) for pair in product(ProjectState, ProjectEvent)],
    *[(PLEDGE, pledge_rules.next_state, *pair) for pair in product(PledgeState, PledgeEvent)],
    *[(MILESTONE, milestone_rules.next_state, *pair) for pair in product(MilestoneState, MilestoneEvent)],
    *[(DELIVERY, delivery_rules.next_state, *pair) for pair in product(DeliveryState, DeliveryEvent)],
    *[(REFUND, refund_rules.next_state, *pair) for pair in product(RefundState, RefundEvent)],
]


def test_every_event_in_every_state() -> None:
    for table, next_state, state, event in CASES:
        record = SimpleNamespace(state=state)
        expected = table.get((state.value, event.value))
        if expected is None:
            with pytest.raises(NotAllowedInState) as refused:
                next_state(record, event)
            assert refused.value.facts["state"] == state.value
        else:
            assert next_state(record, event).value == expected


def programme(**changes: Any) -> FundingProgramme:
    terms: dict[str, Any] = {
        "code": "tests",
        "version": 1,
        "names": {},
        "currency": "CNY",
        "valid_from": date(2026, 1, 1),
        "goal": FundingGoal.ALL_OR_NOTHING,
        "fee_rate": Decimal("0.03"),
        "least_goal_minor": 1_000,
        "largest_goal_minor": 1_000_000,
        "longest_open_days": 60,
    }
    return FundingProgramme(**terms | changes)


def project(**changes: Any) -> Any:
    facts = {"currency": "CNY", "goal_minor": 10_000, "closes_at": NOW + timedelta(days=10), "surplus": None}
    return SimpleNamespace(**facts | changes)


def tier(delivers_on: date) -> Any:
    return SimpleNamespace(delivers_on=delivers_on)


GOOD_TIERS = [tier(date(2027, 6, 1))]
GOOD_PLANS = [MilestonePlan("all", Decimal(1), date(2027, 5, 1))]
BENEFIT = {"public_benefit": True, "fee_rate": Decimal(0)}


@pytest.mark.parametrize(
    ("draft", "tiers", "plans", "terms", "fields"),
    [
        ({}, GOOD_TIERS, GOOD_PLANS, {}, []),
        ({"currency": "USD"}, GOOD_TIERS, GOOD_PLANS, {}, ["currency"]),
        ({"goal_minor": 999}, GOOD_TIERS, GOOD_PLANS, {}, ["goal"]),
        ({"goal_minor": 1_000_001}, [], [], {}, ["goal", "milestones", "tiers"]),
        ({"closes_at": NOW}, GOOD_TIERS, GOOD_PLANS, {}, ["closes_at"]),
        ({"closes_at": NOW + timedelta(days=61)}, GOOD_TIERS, GOOD_PLANS, {}, ["closes_at"]),
        ({"surplus": SurplusRule.RETURN}, GOOD_TIERS, GOOD_PLANS, {}, ["surplus"]),
        ({}, [tier(date(2026, 12, 4))], GOOD_PLANS, {}, ["tiers"]),
        ({}, GOOD_TIERS, [], {"milestones_required": False}, []),
        ({}, GOOD_TIERS, [MilestonePlan("half", Decimal("0.5"), date(2027, 5, 1))], {}, ["milestones"]),
        ({}, GOOD_TIERS, [MilestonePlan("late", Decimal(1), date(2036, 5, 1))], {}, ["milestones"]),
        ({}, GOOD_TIERS, [MilestonePlan("too early", Decimal(1), date(2026, 12, 11))], {}, ["milestones"]),
        ({}, GOOD_TIERS, [MilestonePlan("early", Decimal(1), date(2026, 12, 12))], {}, []),
        ({}, GOOD_TIERS, [MilestonePlan("early", Decimal(1), date(2026, 12, 7))], {"retry_days": 2}, []),
        ({}, GOOD_TIERS, [MilestonePlan("x", Decimal("0.5"), date(2027, 5, 1))] * 2, {}, ["milestones"]),
        ({}, GOOD_TIERS, GOOD_PLANS, BENEFIT, ["tiers", "surplus"]),
        ({"surplus": SurplusRule.SAME_PURPOSE}, [], GOOD_PLANS, BENEFIT, []),
    ],
)
def test_what_a_draft_is_refused_for(draft: Any, tiers: Any, plans: Any, terms: Any, fields: list[str]) -> None:
    found = rules.contradictions(project(**draft), tiers, plans, programme(**terms), NOW, date(2026, 12, 4))
    assert [name for name, _ in found] == fields


def test_at_its_deadline_a_project_is_closed() -> None:
    live = project(state=ProjectState.LIVE)
    rules.require_live(live, live.closes_at - timedelta(microseconds=1))
    with pytest.raises(ProjectClosed) as refused:
        rules.require_live(live, live.closes_at)
    assert refused.value.facts["state"] == "past_deadline"
    with pytest.raises(ProjectClosed):
        rules.require_live(project(state=ProjectState.FAILED), NOW)


def test_what_follows_from_what_was_collected() -> None:
    strict = programme(shortfall=ShortfallRule.REFUND_BELOW_SHARE, refund_below_share=Decimal("0.33333"))
    cases = [
        (programme(), 0, "failed"),
        (programme(), 1, "funded"),
        (strict, 3_333, "refunded"),
        (strict, 3_334, "funded"),
    ]
    for terms, collected, outcome in cases:
        assert rules.outcome_of(terms, 10_000, collected) is Outcome(outcome)
    kept = programme(goal=FundingGoal.KEEP_IT_ALL)
    assert [rules.met(kept, project(pledged_minor=amount)) for amount in (0, 1)] == [False, True]
    assert [rules.met(programme(), project(pledged_minor=amount)) for amount in (9_999, 10_000)] == [False, True]


def test_a_day_is_over_at_its_end_in_the_suite_s_zone() -> None:
    due = milestone_rules.due_at(MilestoneState.PLANNED, date(2026, 12, 1), NOW, SUITE_ZONE)
    assert due == datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert delivery_rules.days_late(date(2026, 12, 1), None, date(2026, 12, 1)) == 0
    assert delivery_rules.days_late(date(2026, 12, 1), None, date(2026, 12, 4)) == 3
    assert delivery_rules.days_late(date(2026, 12, 1), date(2026, 12, 2), date(2027, 1, 1)) == 1


@given(
    st.integers(1, 10**12), st.decimals("0", "0.49", places=4), st.lists(st.integers(1, 10**6), min_size=1, max_size=20)
)
def test_milestones_divide_all_of_it(amount: int, rate: Decimal, weights: list[int]) -> None:
    shares = [Decimal(weight) for weight in weights]
    found = rules.portions(project(net_minor=amount, paid_minor=0, fee_minor=0), rate, shares)
    assert sum(one.net_minor + one.fee_minor for one in found) == amount
    assert all(one.net_minor >= 0 and one.fee_minor >= 0 for one in found)
    fee = sum(one.fee_minor for one in found)
    assert abs(fee - amount * Fraction(rate)) <= Fraction(1, 2)
    for one, weight in zip(found, weights, strict=True):
        assert abs(one.net_minor - Fraction((amount - fee) * weight, sum(weights))) < 1


@given(
    st.integers(1, 10**6),
    st.decimals(0, "0.2", places=4),
    st.lists(st.tuples(st.integers(1, 100), st.integers(0, 10**6)), min_size=1, max_size=8),
)
def test_what_is_left_is_divided_whatever_banks_take_back_between_payouts(
    amount: int, rate: Decimal, steps: list[tuple[int, int]]
) -> None:
    """Before each payout something may be taken back: what is paid in the end is what backers paid, or what was paid before it was less."""
    net, paid, fee = amount, 0, 0
    for at, (_, taken) in enumerate(steps):
        net -= taken
        before, left = paid + fee, max(net - paid - fee, 0)
        weights = [Decimal(weight) for weight, _ in steps[at:]]
        found = rules.portions(project(net_minor=net, paid_minor=paid, fee_minor=fee), rate, weights)
        assert min(min(one.net_minor, one.fee_minor) for one in found) >= 0
        assert sum(one.net_minor + one.fee_minor for one in found) == left
        earned = Fraction(max(net, 0)) * Fraction(rate)
        fees = sum(one.fee_minor for one in found)
        assert fees == min(left, max(0, int(earned + Fraction(1, 2)) - fee))
        paid, fee = paid + found[0].net_minor, fee + found[0].fee_minor
    assert paid + fee == max(net, before)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60), st.data())
def test_a_refund_gives_back_all_that_is_left_and_never_more_than_was_paid(
    paid: list[int], data: st.DataObject
) -> None:
    left = data.draw(st.integers(1, sum(paid)))
    keys = [str(at).encode() for at in range(len(paid))]
    shares = refund_rules.shares_of(left, paid, keys)
    assert sum(shares) == left
    assert all(0 <= share <= amount for share, amount in zip(shares, paid, strict=True))
    assert refund_rules.shares_of(sum(paid), paid, keys) == paid
