"""Months → features → points → grade → limit: the readable rule, bin by bin."""

from datetime import date
from decimal import Decimal

import pytest

from services.ecommerce_credit.limits import terms
from services.ecommerce_credit.limits.features import day_of_decision, features_of
from services.ecommerce_credit.limits.rules import ceiling_on, limit_of
from services.ecommerce_credit.limits.score import _MEASURES, best_of, grade_of, grading_of, points_of
from services.ecommerce_credit.limits.scorecard import BASE, CHARACTERISTICS, GRADES, LOWEST_GRADE, Characteristic
from services.ecommerce_credit.sales.model import Month
from tests.ecommerce_credit.records import features, month

AS_OF = date(2036, 11, 21)


def year(**more: int) -> list[Month]:
    """November 2035 … October 2036, and the month that is not over."""
    return [month(2035 + (number > 12), (number - 1) % 12 + 1, **more) for number in range(11, 24)]


@pytest.mark.parametrize(
    ("today", "known_to", "expected"),
    [
        (date(2036, 11, 25), None, date(2036, 11, 25)),
        (date(2036, 11, 25), date(2018, 10, 17), date(2018, 10, 18)),
        (date(2036, 11, 25), date(2036, 11, 24), date(2036, 11, 25)),
        (date(2036, 11, 25), date(2037, 1, 1), date(2036, 11, 25)),
    ],
)
def test_a_shop_is_looked_at_as_of_the_day_its_data_reach(today: date, known_to: date | None, expected: date) -> None:
    assert day_of_decision(today, known_to) == expected


def test_a_month_that_is_not_over_is_not_counted() -> None:
    found = features_of(year(), AS_OF)
    assert (found.months_known, found.months_active, found.orders) == (12, 12, 120)
    assert found.average_monthly_sales_minor == 300_000
    assert features_of(year(), date(2036, 11, 1)) == features_of(year()[:-1], date(2036, 11, 1))
    assert features_of(year(), date(2036, 12, 1)).months_known == 13


def test_months_without_sales_weigh_on_the_average() -> None:
    found = features_of([month(2036, 5, sales=600_000), month(2036, 10, sales=300_001)], AS_OF)
    assert (found.average_monthly_sales_minor, found.months_active, found.months_known) == (150_000, 2, 6)
    assert found.sales_trend == Decimal(300_001) / 600_000
    old = features_of([month(2034, 5)], AS_OF)
    assert (old.average_monthly_sales_minor, old.months_active, old.orders, old.months_known) == (0, 0, 0, 30)


def test_shares_of_a_shop_without_orders_or_reviews() -> None:
    empty = features_of([], AS_OF)
    assert (empty.months_known, empty.cancelled_share, empty.average_review, empty.sales_trend) == (0, None, None, None)
    found = features_of(year(cancelled=1, stars=4), AS_OF)
    assert (found.cancelled_share, found.average_review) == (Decimal("0.1"), Decimal(4))


def test_the_table_names_a_measure_and_a_reason_each_and_its_bins_rise() -> None:
    assert {one.name for one in CHARACTERISTICS} == set(_MEASURES)
    assert len({one.reason for one in CHARACTERISTICS}) == len(CHARACTERISTICS)
    for one in CHARACTERISTICS:
        bounds = [place.below for place in one.bins]
        assert bounds[-1] is None
        inner = [bound for bound in bounds if bound is not None]
        assert inner == sorted(set(inner))
    assert BASE + sum(best_of(one) for one in CHARACTERISTICS) >= GRADES[0][1]
    assert [least for _, least in GRADES] == sorted((least for _, least in GRADES), reverse=True)


@pytest.mark.parametrize("characteristic", CHARACTERISTICS, ids=lambda one: one.name)
def test_every_bin_gives_its_points(characteristic: Characteristic) -> None:
    below: Decimal | None = None
    for bound, points in characteristic.bins:
        inside = (bound if bound is not None else (below or 0) + Decimal(1)) - Decimal("0.000001")
        assert points_of(characteristic, inside) == points
        if below is not None:
            assert points_of(characteristic, below) == points
        below = bound


@pytest.mark.parametrize(
    ("score", "grade"), [(900, "A"), (610, "A"), (609, "B"), (570, "B"), (569, "C"), (520, "C"), (519, "D"), (0, "D")]
)
def test_grades(score: int, grade: str) -> None:
    assert grade_of(score) == grade


def test_a_good_shop_and_what_costs_points() -> None:
    good = grading_of(features(), "CNY")
    assert (good.score, good.grade, good.refusals) == (660, "A", ())
    assert good.reasons == ("sales_low",)
    assert {one.characteristic: (one.value, one.points) for one in good.points}["average_monthly_sales"] == (
        Decimal(3_000),
        40,
    )
    worse = grading_of(features(cancelled_share=Decimal("0.2"), average_review=Decimal("2")), "CNY")
    assert worse.grade == "C"
    assert worse.reasons == ("reviews_low_or_missing", "many_cancellations", "sales_low")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"average_monthly_sales_minor": 0}, "no_sales"),
        ({"months_active": 2}, "too_few_active_months"),
        ({"average_monthly_sales_minor": 100, "average_review": None, "cancelled_share": None}, "lowest_grade"),
    ],
)
def test_what_alone_forbids_a_limit(changes: dict[str, object], code: str) -> None:
    assert code in grading_of(features(**changes), "CNY").refusals


def test_data_too_old_forbid_a_limit() -> None:
    assert grading_of(features(), "CNY", data_too_old=True).refusals == ("data_too_old",)


@pytest.mark.parametrize(
    ("grade", "sales", "currency", "elsewhere", "limit"),
    [
        ("A", 300_000, "CNY", 0, 600_000),
        ("B", 300_000, "CNY", 0, 450_000),
        ("C", 300_000, "CNY", 0, 240_000),
        (LOWEST_GRADE, 300_000, "CNY", 0, 0),
        ("A", 304_999, "CNY", 0, 600_000),  # whole hundreds
        ("A", 24_999, "CNY", 0, 0),  # less than the least
        ("A", 25_000, "CNY", 0, 50_000),
        ("A", 90_000_000, "CNY", 0, 100_000_000),  # the most to one owner
        ("A", 90_000_000, "CNY", 99_900_000, 100_000),
        ("A", 90_000_000, "CNY", 200_000_000, 0),
        ("A", 3_000, "JPY", 0, 6_000),
        ("A", 3_000_000, "BHD", 0, 6_000_000),
    ],
)
def test_the_limit_follows_the_monthly_sales(grade: str, sales: int, currency: str, elsewhere: int, limit: int) -> None:
    assert limit_of(grade, features(average_monthly_sales_minor=sales), currency, elsewhere) == limit


def test_every_grade_that_lends_stays_below_the_licensed_ceiling() -> None:
    for grade, _ in GRADES:
        ceiling = ceiling_on(AS_OF, 600_000, terms.TERMS[grade].daily_rate, "licensed")
        assert ceiling.verdict == "allowed"
        assert ceiling.all_in_rate == pytest.approx(float(terms.TERMS[grade].daily_rate * 365), abs=1e-4)
