"""Features → points → grade, with the reasons."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from finance.currencies import scale_of
from services.ecommerce_credit.limits.model import Features, Grading, Points
from services.ecommerce_credit.limits.scorecard import (
    BASE,
    CHARACTERISTICS,
    FEWEST_ACTIVE_MONTHS,
    GRADES,
    LOWEST_GRADE,
    VERSION,
    Characteristic,
)

MOST_REASONS = 4
PLACES = Decimal("0.0001")

_MEASURES: Mapping[str, Callable[[Features, str], Decimal]] = {
    "average_monthly_sales": lambda features, currency: Decimal(features.average_monthly_sales_minor).scaleb(
        -scale_of(currency)
    ),
    "months_active": lambda features, currency: Decimal(features.months_active),
    "months_known": lambda features, currency: Decimal(features.months_known),
    # Without orders or reviews it stands in the worst bin; without earlier sales to compare with, sales do not fall.
    "cancelled_share": lambda features, currency: _or(features.cancelled_share, 1),
    "average_review": lambda features, currency: _or(features.average_review, 0),
    "sales_trend": lambda features, currency: _or(features.sales_trend, 1),
}


def grading_of(features: Features, currency: str, *, data_too_old: bool = False) -> Grading:
    """Score, grade and reasons. refusals name what forbids a limit whatever the score."""
    points = tuple(_points(characteristic, features, currency) for characteristic in CHARACTERISTICS)
    score = BASE + sum(one.points for one in points)
    reasons = {characteristic.name: characteristic.reason for characteristic in CHARACTERISTICS}
    lost = sorted((one for one in points if one.points < one.best), key=lambda one: one.points - one.best)
    grade = grade_of(score)
    return Grading(
        VERSION,
        score,
        grade,
        points,
        tuple(reasons[one.characteristic] for one in lost[:MOST_REASONS]),
        tuple(_refusals(features, grade, data_too_old=data_too_old)),
    )


def points_of(characteristic: Characteristic, value: Decimal) -> int:
    for below, points in characteristic.bins:
        if below is None or value < below:
            return points
    raise AssertionError("the last bin holds everything")


def best_of(characteristic: Characteristic) -> int:
    return max(points for _, points in characteristic.bins)


def grade_of(score: int) -> str:
    return next((grade for grade, least in GRADES if score >= least), LOWEST_GRADE)


def _points(characteristic: Characteristic, features: Features, currency: str) -> Points:
    value = _MEASURES[characteristic.name](features, currency)
    return Points(
        characteristic.name, value.quantize(PLACES), points_of(characteristic, value), best_of(characteristic)
    )


def _refusals(features: Features, grade: str, *, data_too_old: bool) -> list[str]:
    found = {
        "data_too_old": data_too_old,
        "no_sales": features.average_monthly_sales_minor == 0,
        "too_few_active_months": features.months_active < FEWEST_ACTIVE_MONTHS,
        "lowest_grade": grade == LOWEST_GRADE,
    }
    return [code for code, holds in found.items() if holds]


def _or(value: Decimal | None, otherwise: int) -> Decimal:
    return Decimal(otherwise) if value is None else value
