"""What a scorecard may ask of an application, each measure from declared facts alone. The same functions read the cases a card is learned
from, so that a number means there what it means here.

Shares are percent with one decimal. No measure is an amount of money: a card that was learned from dollars grades yuan.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finance.scorecards.characteristics import Value
from services.p2p.borrowers.model import Facts, Home

_TENTH = Decimal("0.1")
_MOST = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, of whom, on which day. amount in minor units."""

    facts: Facts
    amount_minor: int
    currency: str
    term_months: int
    day: date


@dataclass(frozen=True, slots=True)
class ReferenceIncome:
    """A usual yearly income where the currency is used, in minor units: what incomes are compared with."""

    currency: str
    annual_minor: int
    source: str


REFERENCE_INCOMES = (
    ReferenceIncome(
        "CNY", 12_069_800, "National Bureau of Statistics, average wage of urban non-private units in 2023"
    ),
    ReferenceIncome("USD", 5_900_000, "median of outcomes_2007_2011.csv"),
)


def measures_of(names: Iterable[str], asked: Asked) -> dict[str, Value]:
    """The facts a card scores, by name; None is not known."""
    return {name: MEASURES[name](asked) for name in names}


def _percent(part: int, whole: int) -> Decimal | None:
    return None if whole == 0 else min(_MOST, (Decimal(100) * part / whole).quantize(_TENTH))


def _income_of_reference(asked: Asked) -> Decimal | None:
    known = next((one for one in REFERENCE_INCOMES if one.currency == asked.currency), None)
    return None if known is None else _percent(asked.facts.annual_income_minor, known.annual_minor)


def _inquiries_6m(asked: Asked) -> int:
    """Where only the year's are declared, half of them, rounded up."""
    stated = asked.facts.credit_inquiries_6m
    return -(-asked.facts.credit_inquiries_12m // 2) if stated is None else stated


def _loan_to_income(asked: Asked) -> Decimal:
    if asked.facts.annual_income_minor == 0:
        return Decimal(10)
    return min(Decimal(10), Decimal(asked.amount_minor) / asked.facts.annual_income_minor)


MEASURES: Mapping[str, Callable[[Asked], Value]] = {
    "debt_to_income": lambda asked: asked.facts.debt_to_income,
    "credit_used": lambda asked: asked.facts.credit_used,
    "late_payments_2y": lambda asked: asked.facts.late_payments_2y,
    "loan_to_income": _loan_to_income,
    "years_of_credit": lambda asked: asked.day.year - asked.facts.credit_since_year,
    "credit_inquiries_12m": lambda asked: asked.facts.credit_inquiries_12m,
    "employment_months": lambda asked: asked.facts.employment_months,
    "bankruptcies": lambda asked: asked.facts.bankruptcies,
    "rents_home": lambda asked: int(asked.facts.home is Home.RENT),
    "term_months": lambda asked: asked.term_months,
    "credit_used_percent": lambda asked: _percent(asked.facts.debts_elsewhere_minor, asked.facts.credit_limit_minor),
    "amount_percent_of_income": lambda asked: _percent(asked.amount_minor, asked.facts.annual_income_minor),
    "debts_percent_of_income": lambda asked: _percent(
        asked.facts.debts_elsewhere_minor, asked.facts.annual_income_minor
    ),
    "income_percent_of_reference": _income_of_reference,
    "credit_inquiries_6m": _inquiries_6m,
    "employment_years": lambda asked: min(10, asked.facts.employment_months // 12),
    "home": lambda asked: asked.facts.home.value,
}
