"""Whatever is put in, what comes out is a result or a `FinanceError` with code and field, and soon."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finance import accrual, calendars, free_days, lateness, repayment, rescheduling, sharing
from finance.all_in_cost import all_in_cost
from finance.currencies import scale_of
from finance.daycount import year_fraction
from finance.errors import FinanceError
from finance.exact import rounded
from finance.money import Money
from finance.rate_ceilings import check_offer
from finance.rate_ceilings_cn import CHINA
from finance.schedules import build
from finance.servicing import Receipt, account_on
from finance.splitting import split_fixed_then_weights, split_largest_remainder, split_portions

DAY, LATER = date(2024, 1, 31), date(2024, 5, 10)
LOAN = build(1_200_000, "0.12", 6, start_on=DAY)
DUES = repayment.dues_of(LOAN)
RULE = lateness.LateRule(Decimal("0.0005"))
SECONDS = 5.0
"""No single call may take longer; each takes far less."""

VALID: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "money": (Money, {"amount": 5, "currency": "CNY"}),
    "money_of": (Money.of, {"major": "5.10", "currency": "CNY"}),
    "times": (Money(5, "CNY").times, {"factor": "0.5", "rounding": "half_up"}),
    "convert": (Money(5, "CNY").convert, {"currency": "USD", "rate": "0.14", "rounding": "half_up"}),
    "split": (Money(5, "CNY").split, {"weights": [1, 2], "tie_keys": ["a", "b"]}),
    "add": (Money(5, "CNY").__add__, {"other": Money(5, "CNY")}),
    "less": (Money(5, "CNY").__lt__, {"other": Money(5, "CNY")}),
    "scale": (scale_of, {"currency": "CNY"}),
    "rounded": (rounded, {"value": "1.5", "rounding": "half_up"}),
    "largest_remainder": (split_largest_remainder, {"amount_minor": 7, "weights": [1, "2"], "tie_keys": ["a", "b"]}),
    "portions": (split_portions, {"amount_minor": 7, "portions": [1, 2]}),
    "fixed": (split_fixed_then_weights, {"amount_minor": 7, "fixed_minor": [1, 2], "weights": [1]}),
    "share_principal": (
        sharing.share_principal,
        {"amount_minor": 7, "claims_minor": {"a": 5, "b": 9}, "loan": "x", "row": 1},
    ),
    "share_interest": (sharing.share_interest, {"amount_minor": 7, "accrued": {"a": 5}, "loan": "x", "row": 1}),
    "weights": (sharing.accrual_weights, {"holdings": [sharing.Holding("a", 5, DAY, LATER)]}),
    "is_business_day": (calendars.is_business_day, {"day": DAY, "calendar": "CN"}),
    "next": (calendars.next_business_day, {"day": DAY, "calendar": "TARGET"}),
    "previous": (calendars.previous_business_day, {"day": DAY, "calendar": "weekends"}),
    "add_days": (calendars.add_business_days, {"day": DAY, "count": 3, "calendar": "CN"}),
    "roll": (calendars.roll, {"day": DAY, "convention": "following", "calendar": "CN"}),
    "add_months": (calendars.add_months, {"anchor": DAY, "months": 3}),
    "is_month_end": (calendars.is_month_end, {"day": DAY}),
    "easter": (calendars.easter_sunday, {"year": 2024}),
    "year_fraction": (
        year_fraction,
        {
            "start": DAY,
            "end": LATER,
            "convention": "ACT/ACT ICMA",
            "period_start": DAY,
            "period_end": LATER,
            "frequency": 2,
            "maturity": LATER,
        },
    ),
    "build": (
        build,
        {
            "principal_minor": 100_000,
            "annual_rate": "0.12",
            "periods": 6,
            "method": "equal_instalment",
            "start_on": DAY,
            "every": "month",
            "day_count": "ACT/365",
            "first_due_on": date(2024, 2, 29),
            "due_day": 31,
            "calendar": "weekends",
            "roll": "following",
            "adjust_interest": False,
            "rounding": "half_up",
            "level_principal": False,
            "principal_grace": 2,
            "interest_grace": 1,
            "down_payment_minor": 5,
            "fee_minor": 5,
            "upfront_fee_minor": 5,
            "rate_changes": [(LATER, "0.2")],
            "drawings": [(LATER, 500)],
        },
    ),
    "build_agreed": (
        build,
        {"principal_minor": 100_000, "annual_rate": "0.12", "periods": 6, "start_on": DAY, "instalment_minor": 20_000},
    ),
    "build_by_hand": (
        build,
        {
            "principal_minor": 100_000,
            "annual_rate": "0.12",
            "periods": 3,
            "start_on": DAY,
            "instalments_minor": [40_000, 40_000],
        },
    ),
    "reschedule": (
        rescheduling.reschedule,
        {
            "schedule": LOAN,
            "from_on": LATER,
            "annual_rate": "0.1",
            "periods": 9,
            "method": "equal_principal",
            "first_due_on": date(2024, 6, 1),
        },
    ),
    "prepay": (
        rescheduling.prepay,
        {"schedule": LOAN, "paid_on": LATER, "principal_minor": 5, "keep": "term", "fee_rate": "0.01"},
    ),
    "allocate": (
        repayment.allocate,
        {"amount_minor": 5, "dues": DUES, "paid_on": LATER, "order": repayment.DEFAULT_ORDER},
    ),
    "replay": (
        repayment.replay,
        {"dues": DUES, "payments": [repayment.Payment("a", LATER, 5)], "reversed_ids": {"a"}},
    ),
    "order": (
        repayment.Order,
        {"by": "row_then_kind", "kinds": repayment.KINDS, "times": repayment.TIMES},
    ),
    "simple_daily": (accrual.simple_daily_interest, {"balance_minor": 5, "daily_rate": "0.1", "days": 5}),
    "simple": (
        accrual.simple_interest_minor,
        {"balance_minor": 5, "annual_rate": "0.1", "from_on": DAY, "to_on": LATER, "rounding": "half_up"},
    ),
    "compound": (
        accrual.compound_daily_interest_minor,
        {"balance_minor": 5, "daily_rate": "0.1", "days": 5, "rounding": "half_up"},
    ),
    "over_balances": (
        accrual.interest_over_balances,
        {
            "balances": [(DAY, 5)],
            "until_on": LATER,
            "daily_rate": "0.1",
            "free": [(DAY, LATER)],
            "free_if_repaid": True,
        },
    ),
    "accrue": (accrual.Accrued(DAY).accrue, {"balance_minor": 5, "daily_rate": "0.1", "to_on": LATER}),
    "charge": (accrual.Accrued(DAY, Decimal(7)).charge, {"rounding": "half_up"}),
    "charged_days": (free_days.charged_days, {"from_on": DAY, "to_on": LATER, "free": [(DAY, LATER)]}),
    "late_rule": (
        lateness.LateRule,
        {
            "daily_rate": Decimal("0.01"),
            "base": "principal",
            "grace_days": 3,
            "grace_is_free": True,
            "cap_share": Decimal(1),
            "rounding": "half_up",
        },
    ),
    "late_days": (lateness.late_days, {"due_on": DAY, "on": LATER, "rule": RULE, "free": [(DAY, LATER)]}),
    "late_interest": (lateness.late_interest_minor, {"due": DUES[0], "on": LATER, "rule": RULE}),
    "check_offer": (
        check_offer,
        {
            "schedule": LOAN,
            "contract_on": LATER,
            "table": CHINA,
            "lender": "private",
            "late_daily_rate": "0.0001",
            "further_costs": [(LATER, 5)],
        },
    ),
    "all_in_cost": (all_in_cost, {"schedule": LOAN, "further_costs": [(LATER, 5)]}),
    "account_on": (
        account_on,
        {
            "schedule": LOAN,
            "receipts": [Receipt("a", LATER, 300_000, "term", "0.01")],
            "on": LATER,
            "rule": RULE,
            "free": [(DAY, LATER)],
            "reversed_ids": set(),
        },
    ),
}

NUMBERS: list[Any] = [
    0, 1, -1, 7, 29, 31, 10**6, 2**63 - 1, 2**63, -(2**63), 10**120, 10**5_000, -(10**5_000), 0.0, 0.1, 1e308,
    float("nan"), float("inf"), -float("inf"), True, False, 1j, Decimal(0), Decimal("-0.5"), Decimal("0.1"), Decimal("NaN"),
    Decimal("sNaN"), Decimal("Infinity"), Decimal("1e400"), Decimal("1e-400"), Decimal("0." + "1" * 90), Decimal("1e90"),
    Fraction(1, 3), Fraction(10**4_000, 3), Fraction(1, 10**4_000),
]  # fmt: skip
TEXTS: list[Any] = [
    "", " ", "0", "-1", "0.1", "NaN", "1e999999", "１", "1_0", "CN", "CNY", "month", "flat", "bullet", "ACT/ACT ICMA",
    "30E/360 ISDA", "half_even", "modified_preceding", "term", "\x00", "x" * 10_000, "9" * 10_000, b"1", bytearray(b"1"),
]  # fmt: skip
DAYS: list[Any] = [
    date.min, date.max, date(9999, 1, 1), date(1, 1, 2), date(2024, 2, 29), LATER, datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 1, 1), "2024-01-01",  # noqa: DTZ001
]  # fmt: skip
SHAPES: list[Any] = [
    None, [], (), {}, set(), [[]], [None], [(None, None)], [(LATER,)], [(LATER, 5, 5)], [(LATER, None)], [(None, "0.1")],
    [(date.max, 5)], [(LATER, date.max)], {"a": None}, {"a": 0.5}, {None: 5}, {"a"}, {1: 2}, object(), lambda: 1, range(10),
    DUES, DUES[0], LOAN, RULE, Money(1, "CNY"), repayment.Payment("a", LATER, 1), Receipt("b", LATER, 5, "instalment"),
    [repayment.Payment("a", LATER, 1)], [Receipt("b", date.max, 5)], [Receipt("b", LATER, 5, [])], [Receipt(5, 5, 5)],
    [DUES[0]._replace(due_on=None)], [DUES[0]._replace(number=None)], [DUES[0]._replace(fee_minor=None)],
    [sharing.Holding("a", 5, None, LATER)], [sharing.Holding([], 5, DAY, LATER)], [1, None], [1, float("nan")], ["a", "b"],
    [10**5_000, 1], [Fraction(1, 10**4_000), 1], iter([1, 2]), repayment.Order(times=()), CHINA, int, {"a": 10**5_000},
]  # fmt: skip
anything = st.one_of(*map(st.sampled_from, (NUMBERS, TEXTS, DAYS, SHAPES)))


@settings(max_examples=25)
@pytest.mark.parametrize("name", VALID)
@given(data=st.data())
def test_it_is_a_result_or_a_refusal(name: str, data: st.DataObject) -> None:
    call, facts = VALID[name]
    changed = {field: data.draw(anything) for field in data.draw(st.sets(st.sampled_from(sorted(facts)), max_size=2))}
    result_or_refusal(call, facts | changed)


@pytest.mark.parametrize("name", VALID)
def test_each_argument_with_each_of_them(name: str) -> None:
    call, facts = VALID[name]
    for field in facts:
        for value in (*NUMBERS, *TEXTS, *DAYS, *SHAPES):
            result_or_refusal(call, facts | {field: value})


def result_or_refusal(call: Callable[..., Any], facts: Mapping[str, Any]) -> None:
    began = process_time()
    outcome = outcome_of(call, facts)
    assert process_time() - began < SECONDS
    if isinstance(outcome, FinanceError):
        assert outcome.code != FinanceError.code
        assert outcome.field
        assert len(str(outcome)) < 4_000
    for value in (outcome, getattr(outcome, "all_in_rate", 0.0)):
        assert not isinstance(value, float) or isfinite(value)


def outcome_of(call: Callable[..., Any], facts: Mapping[str, Any]) -> Any:
    try:
        return call(**facts)
    except FinanceError as refused:
        return refused


def test_the_arguments_they_start_from_are_good() -> None:
    for call, facts in VALID.values():
        call(**facts)
