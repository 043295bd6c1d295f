"""Facts → points → grade, with the reasons."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from services.p2p.applications.model import Grading
from services.p2p.applications.scorecard import BASE, CHARACTERISTICS, GRADES, LOWEST_GRADE, VERSION, Characteristic
from services.p2p.borrowers.model import Facts, Home

MOST_REASONS = 4
NO_INCOME = "no_income"
PAST_DUE_NOW = "accounts_past_due"
AGE = "age_outside_bounds"
LOWEST = "lowest_grade"

_MEASURES: Mapping[str, Callable[[Facts, int, date], Decimal]] = {
    "debt_to_income": lambda facts, amount, day: facts.debt_to_income,
    "credit_used": lambda facts, amount, day: facts.credit_used,
    "late_payments_2y": lambda facts, amount, day: Decimal(facts.late_payments_2y),
    "loan_to_income": lambda facts, amount, day: _loan_to_income(facts, amount),
    "years_of_credit": lambda facts, amount, day: Decimal(day.year - facts.credit_since_year),
    "credit_inquiries_12m": lambda facts, amount, day: Decimal(facts.credit_inquiries_12m),
    "employment_months": lambda facts, amount, day: Decimal(facts.employment_months),
    "bankruptcies": lambda facts, amount, day: Decimal(facts.bankruptcies),
    "rents_home": lambda facts, amount, day: Decimal(facts.home is Home.RENT),
}


def grading_of(facts: Facts, amount_minor: int, day: date, *, age_allowed: bool = True) -> Grading:
    """Score, grade and reasons on that day. refusals name what forbids a loan whatever the score."""
    score, lost = BASE, []
    for characteristic in CHARACTERISTICS:
        points = points_of(characteristic, _MEASURES[characteristic.name](facts, amount_minor, day))
        score += points
        lost.append((best_of(characteristic) - points, characteristic.reason))
    worst = sorted((one for one in lost if one[0] > 0), key=lambda one: -one[0])
    grade = grade_of(score)
    return Grading(
        VERSION,
        score,
        grade,
        tuple(reason for _, reason in worst[:MOST_REASONS]),
        tuple(_refusals(facts, grade, age_allowed=age_allowed)),
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


def _refusals(facts: Facts, grade: str, *, age_allowed: bool) -> list[str]:
    found = {
        NO_INCOME: facts.annual_income_minor == 0,
        PAST_DUE_NOW: facts.accounts_past_due > 0,
        AGE: not age_allowed,
        LOWEST: grade == LOWEST_GRADE,
    }
    return [code for code, holds in found.items() if holds]


def _loan_to_income(facts: Facts, amount_minor: int) -> Decimal:
    if facts.annual_income_minor == 0:
        return Decimal(10)
    return min(Decimal(10), Decimal(amount_minor) / facts.annual_income_minor)
