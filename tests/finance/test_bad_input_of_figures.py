"""Rates, funds, portfolios and scorecards: whatever is put in, a result or a `FinanceError` with code and field comes out."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest

from finance import ageing, expected_loss, loan_classes, money_funds, performance, rate_conversions, returns, roll_rates
from finance.errors import FinanceError, OutOfRange
from finance.funds import conversions, days, dividends, fees, lots, orders, redemptions, rules_cn, shares, splits
from finance.loan_classes_cn import PROVISION_RULES
from finance.return_arrays import xirr_many
from finance.scorecards import cards, json_table, learning, portfolios, validation
from finance.vintages import vintages
from tests.finance.test_bad_input import DAYS, DUES, LOAN, NUMBERS, SHAPES, TEXTS, result_or_refusal
from tests.finance.test_scorecard_json import TABLE

DAY, LATER, LAST = date(2024, 1, 31), date(2024, 5, 10), date(2025, 6, 1)
FLOWS, SUMS = [(DAY, -100), (LATER, 60), (LAST, 60)], [-100, 60, 60]
HELD = performance.wealth([(DAY, "1.0"), (LATER, "1.1"), (LAST, "0.9")])
WHOLE = numpy.array([1, 2, 3, 4], dtype=numpy.int64)
LOST = numpy.array(["2024-01-01", "2024-02-01", "NaT", "2024-03-01"], dtype="datetime64[D]")
MADE = numpy.array(["2023-01-01"] * 4, dtype="datetime64[D]")
MONTH_END = roll_rates.Snapshot(WHOLE, WHOLE, WHOLE)
MOVED = roll_rates.transition(MONTH_END, MONTH_END)
PERIODS = [expected_loss.Period("0.1", "0.5", 1000)]
HOLDING_FEES = fees.HoldingTable(
    (fees.HoldingTier(0, 7, Decimal("0.015"), Decimal(1)), fees.HoldingTier(7, None, Decimal(0)))
)
ENTRY = fees.EntryFee(
    fees.AmountTable(
        (fees.AmountTier(0, 1_000_000, Decimal("0.015")), fees.AmountTier(1_000_000, None, flat_minor=1_000))
    )
)
TERMS = orders.ShareClass(HOLDING_FEES, ENTRY, ENTRY, fees.BackEndFee(HOLDING_FEES))
LOTS = [lots.Lot(1, DAY, 1_000, Fraction(1)), lots.Lot(2, LATER, 1_000, Fraction(1), True)]
CARD = json_table.from_json(TABLE.replace('"missing": null', '"missing": {"points": 0}'))
COLUMNS = {"months_employed": [1.0, None, 30.0], "住房": ["RENT", None, "自有"]}


def scored(employed: Any, home: Any) -> cards.Scored:
    return cards.score(CARD, {"months_employed": employed, "住房": home})


def scored_columns(employed: Any, home: Any) -> portfolios.PortfolioScores:
    return portfolios.score_many(CARD, {"months_employed": employed, "住房": home})


VALID: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "xirr": (returns.xirr, {"flows": FLOWS}),
    "irr": (returns.irr, {"amounts": SUMS}),
    "mirr": (returns.mirr, {"amounts": SUMS, "finance_rate": "0.1", "reinvest_rate": "0.1"}),
    "npv": (returns.npv, {"rate": "0.1", "amounts": SUMS}),
    "xnpv": (returns.xnpv, {"rate": "0.1", "flows": FLOWS}),
    "effective": (returns.effective_rate, {"schedule": LOAN}),
    "nominal": (returns.nominal_rate, {"schedule": LOAN}),
    "apr": (returns.apr, {"advances": [(DAY, 100)], "payments": [(LATER, 60), (LAST, 60)], "method": "us"}),
    "apr_eu": (returns.apr, {"advances": [(DAY, 100)], "payments": [(LATER, 60)], "method": "eu"}),
    "apr_uk": (returns.apr, {"advances": [(DAY, 100)], "payments": [(LATER, 60)], "method": "uk"}),
    "xirr_many": (xirr_many, {"days": WHOLE, "amounts_minor": WHOLE, "starts": numpy.array([0])}),
    "from_nominal": (rate_conversions.effective_from_nominal, {"nominal": "0.1", "periods_a_year": 12}),
    "to_nominal": (rate_conversions.nominal_from_effective, {"effective": "0.1", "periods_a_year": 12}),
    "continuous": (rate_conversions.effective_from_continuous, {"continuous": "0.1"}),
    "yield": (rate_conversions.annual_percentage_yield, {"principal_minor": 9, "interest_minor": 5, "days": 30}),
    "seven_days": (money_funds.seven_day_yield, {"incomes_per_10k": ["1"] * 7, "compounding": True}),
    "yields": (money_funds.seven_day_yields, {"incomes": [(date(2024, 1, day), "1") for day in range(1, 10)]}),
    "income": (money_funds.income_per_10k, {"income_minor": 9, "units": "100", "currency": "CNY", "rounding": "down"}),
    "holder": (money_funds.holder_income, {"units": "100", "income_per_10k": "1.1", "carried_minor": Fraction(1, 2)}),
    "wealth": (performance.wealth, {"net_values": [(DAY, "1"), (LATER, "2")], "distributions": [(LATER, "0.1")]}),
    "total": (performance.total_return, {"held": HELD}),
    "annualised": (performance.annualised_return, {"held": HELD}),
    "trailing": (performance.trailing_return, {"held": HELD, "months": 3}),
    "returns": (performance.period_returns, {"held": HELD}),
    "drawdown": (performance.max_drawdown, {"held": HELD}),
    "volatility": (performance.volatility, {"held": HELD, "periods_a_year": 252}),
    "sharpe": (performance.sharpe_ratio, {"held": HELD, "risk_free_rate": "0.02", "periods_a_year": 252}),
    "calmar": (performance.calmar_ratio, {"held": HELD}),
    "oldest": (ageing.oldest_unpaid_on, {"dues": DUES}),
    "past_due": (ageing.days_past_due, {"unpaid_on": DAY, "on": LATER, "calendar": "CN", "convention": "following"}),
    "accrues": (ageing.accrues_to, {"unpaid_on": DAY, "on": LATER, "stops_after_days": 90}),
    "age": (ageing.age, {"days": WHOLE, "balances_minor": WHOLE, "table": ageing.MONTHS}),
    "buckets": (ageing.BucketTable, {"buckets": ageing.MONTHS.buckets}),
    "stage_rule": (expected_loss.StageRule, {"lifetime_over_days": 5, "impaired_over_days": 90}),
    "stage": (expected_loss.PRESUMED.stage, {"days": 5, "risk_risen": False, "impaired": False}),
    "loss": (expected_loss.expected_loss_minor, {"exposure_minor": 5, "default_probability": "0.1",
             "loss_given_default": "0.1"}),
    "allowance": (expected_loss.allowance_minor, {"stage": 2, "periods": PERIODS, "rate": "0.1", "periods_a_year": 12}),
    "marginal": (expected_loss.marginal_probabilities, {"conditional": ["0.1", "0.2"]}),
    "losses": (expected_loss.expected_losses_minor, {"exposures_minor": WHOLE, "default_probabilities": WHOLE,
               "losses_given_default": WHOLE}),
    "provide": (loan_classes.provide, {"classes": WHOLE, "balances_minor": WHOLE, "rule": PROVISION_RULES[0]}),
    "matrix": (loan_classes.by_matrix, {"amounts_minor": [1, 2], "loss_rates": ["0.1", "0.2"]}),
    "rates": (MOVED.rates, {"by": "count"}),
    "transition": (roll_rates.transition, {"before": MONTH_END, "after": MONTH_END, "table": ageing.MONTHS}),
    "flow_rates": (roll_rates.flow_rates, {"transitions": [MOVED]}),
    "loss_rates": (roll_rates.loss_rates, {"flows": ["0.1", None]}),
    "vintages": (vintages, {"made_on": MADE, "principals_minor": WHOLE, "lost_on": LOST, "losses_minor": WHOLE,
                 "as_of": LATER, "months": 5}),
    "pricing": (days.pricing_day, {"ordered_on": DAY, "ordered_at": time(3), "cut_off": time(15), "calendar": "CN"}),
    "confirmation": (days.confirmation_day, {"priced_on": DAY, "after_days": 1, "calendar": "CN"}),
    "amount_table": (fees.AmountTable, {"tiers": ENTRY.table.tiers}),
    "entry_fee": (fees.EntryFee, {"table": ENTRY.table, "deduction": "external", "rounded_part": "net"}),
    "charge": (ENTRY.charge, {"amount_minor": 5, "discount": fees.NO_DISCOUNT}),
    "charge_at": (ENTRY.charge_at, {"amount_minor": 5, "rate": "0.1"}),
    "back_end_fee": (fees.BackEndFee, {"table": HOLDING_FEES, "base": "cost", "deduction": "external"}),
    "deducted": (fees.deducted, {"amount_minor": 5, "rate": "0.1", "deduction": "external"}),
    "take": (lots.take, {"lots": LOTS, "shares": 5}),
    "with_lot": (lots.with_lot, {"lots": LOTS[:1], "lot": LOTS[1]}),
    "held_days": (lots.holding_days, {"lot": LOTS[0], "leaving_confirmed_on": LATER}),
    "class": (orders.ShareClass, {"redemption": HOLDING_FEES, "purchase": ENTRY, "subscription": ENTRY,
              "back_end": TERMS.back_end, "shares": TERMS.shares, "rounding": "half_up"}),
    "purchase": (orders.purchase, {"terms": TERMS, "amount_minor": 1_000, "net_value": "1.1", "confirmed_on": DAY,
                 "number": 3, "discount": fees.NO_DISCOUNT, "back_end": False}),
    "subscribe": (orders.subscribe, {"terms": TERMS, "amount_minor": 1_000, "interest_minor": 5, "confirmed_on": DAY,
                  "number": 3, "face_value": "1"}),
    "redeem": (redemptions.redeem, {"terms": TERMS, "lots": LOTS, "shares": 1_500, "net_value": "1.1",
               "confirmed_on": LAST}),
    "convert": (conversions.convert, {"old": TERMS, "new": TERMS, "lots": LOTS, "shares": 500, "old_net_value": "1.1",
                "new_net_value": "1.2", "confirmed_on": LAST, "number": 7, "difference": "rates", "back_end": False}),
    "cash": (dividends.pay_in_cash, {"terms": TERMS, "lots": LOTS, "per_share": "0.1"}),
    "reinvest": (dividends.reinvest, {"terms": TERMS, "lots": LOTS, "per_share": "0.1", "ex_net_value": "1",
                 "confirmed_on": LATER, "number": 5}),
    "least_fees": (rules_cn.floor_of, {"kind": "equity", "on": DAY}),
    "shortfalls": (rules_cn.shortfalls, {"table": HOLDING_FEES, "floor": rules_cn.CHINA_FLOORS[0]}),
    "share_rule": (shares.ShareRule, {"places": 2, "rounding": "down", "remainder": "investor", "currency": "CNY"}),
    "issue": (TERMS.shares.issue, {"amount_minor": 5, "net_value": "1.1"}),
    "value": (TERMS.shares.value, {"shares": 5, "price": "1.1"}),
    "shares_of": (TERMS.shares.shares_of, {"value_minor": 5, "price": "1.1"}),
    "split": (splits.split, {"rule": TERMS.shares, "lots": LOTS, "ratio": "2"}),
    "split_value": (splits.split_net_value, {"net_value": "1", "ratio": "2", "places": 4}),
    "index_ratio": (splits.index_ratio, {"net_assets_minor": 100_000, "shares": 1_000, "index_points": "3000",
                    "rule": TERMS.shares}),
    "score": (cards.score, {"card": CARD, "facts": {"months_employed": 5, "住房": "RENT"}}),
    "score_of": (scored, {"employed": 5, "home": "RENT"}),
    "score_many": (portfolios.score_many, {"card": CARD, "columns": COLUMNS}),
    "columns": (scored_columns, {"employed": [1.0], "home": ["RENT"]}),
    "card": (cards.Scorecard, {"name": "a", "version": "1", "base_points": 5, "characteristics": CARD.characteristics,
             "scaling": CARD.scaling, "grades": CARD.grades}),
    "read_card": (json_table.from_json, {"text": TABLE}),
    "write_card": (json_table.to_json, {"card": CARD}),
    "separation": (validation.separation, {"scores": [1, 2, 3], "bad": [1, 0, 1]}),
    "gains": (validation.gains, {"scores": [1, 2, 3], "bad": [1, 0, 1], "bands": 2}),
    "calibration": (validation.calibration, {"probabilities": [0.1, 0.2, 0.3], "bad": [1, 0, 1], "bands": 2,
                    "learned_from": False}),
    "population": (validation.population_stability, {"earlier": [1, 2, 3], "now": [1, 2, 3], "bands": 2}),
    "stability": (validation.stability_index, {"then": [1, 2], "now": [2, 1]}),
    "characteristics": (validation.characteristic_stability, {"card": CARD, "columns": COLUMNS}),
    "report": (validation.validation_report, {"card": CARD, "columns": COLUMNS, "bad": [1, 0, 1],
               "earlier_points": [1, 2]}),
    "options": (learning.LearningOptions, {"name": "a", "scaling": CARD.scaling, "special": {}, "reasons": {},
                "trends": {}, "least_bin_share": 0.05, "least_information": 0.02}),
}  # fmt: skip

ARRAYS: list[Any] = [
    numpy.array([]), numpy.array(5.0), numpy.array([1.5]), numpy.array([numpy.nan, 1, 2]), numpy.array([[1]]),
    numpy.array(["a"]), numpy.array([None]), numpy.int64(5), numpy.float64(1.5), numpy.array([1, 2], dtype=numpy.int32),
    numpy.array([2**63 - 1] * 4), numpy.array([-1, 0, 1, 2]), numpy.array([numpy.inf] * 4), numpy.datetime64("2024-01-01"),
    numpy.array(["NaT"] * 4, dtype="datetime64[D]"), numpy.array([True, False, True]), [float("nan"), 1.0, 2.0],
    [1.0, float("inf"), 2.0], [[1, 2], [3]], ["a", 1], [10**30], {"months_employed": [1], "住房": 5},
]  # fmt: skip


@pytest.mark.parametrize("name", VALID)
def test_each_argument_with_each_of_them(name: str) -> None:
    call, facts = VALID[name]
    call(**facts)
    for field in facts:
        for value in (*NUMBERS, *TEXTS, *DAYS, *SHAPES, *ARRAYS):
            result_or_refusal(call, facts | {field: value})


@pytest.mark.parametrize("answer", ["no", "false", 0, None])
def test_a_choice_is_yes_or_no_and_not_a_text_that_counts_as_yes(answer: Any) -> None:
    for name, field in (
        ("seven_days", "compounding"),
        ("stage", "risk_risen"),
        ("stage", "impaired"),
        ("purchase", "back_end"),
        ("convert", "back_end"),
        ("calibration", "learned_from"),
    ):
        call, facts = VALID[name]
        with pytest.raises(FinanceError) as refused:
            call(**facts | {field: answer})
        assert refused.value.field == field


def test_fractions_that_would_grow_with_each_sum_are_no_amounts() -> None:
    """The sum of a thousand of them has millions of digits."""
    odd = Fraction(1, 3)
    for call in (returns.xirr, lambda flows: returns.apr(flows, [(LATER, 9)])):
        with pytest.raises(FinanceError):
            call([(DAY, odd), (LATER, -1)])


def test_a_sum_over_nothing_is_a_float_too() -> None:
    assert isinstance(returns.npv("0.1", []), float)
    assert isinstance(returns.xnpv("0.1", []), float)


def test_counts_of_more_cases_than_a_call_scores_are_compared() -> None:
    """A card may carry the counts of a larger portfolio than one call reads."""
    assert validation.stability_index([60_000_000, 30_000_000], [2, 1]) == pytest.approx(0)
    with pytest.raises(OutOfRange):
        validation.stability_index([2**60, 1], [2, 1])
