"""Learn the borrowers' scorecard again: `python -m services.p2p.scorecards.learning outcomes_2007_2011.csv`.

Learned from the older 70 % of the cases, judged on the newer 30 %, which it has not seen. The same file gives the same bytes. Needs the
extra `learning`; the service that scores does not.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy

from finance.scorecards.cards import Grade, Scorecard, grade_of
from finance.scorecards.json_table import to_json
from finance.scorecards.learning import LearningOptions, learn
from finance.scorecards.portfolios import Column, score_many
from finance.scorecards.validation import validation_report
from services.p2p.scorecards import outcomes
from services.p2p.scorecards.measures import MEASURES, Asked
from services.p2p.scorecards.model import CODE
from services.p2p.scorecards.publications import LEARNED, report_file, table_file

LEARNED_SHARE = 0.7
DIGITS = 6
OFFERED = {
    "term_months": "long_term",
    "credit_used_percent": "credit_nearly_used_up",
    "amount_percent_of_income": "amount_high_for_income",
    "income_percent_of_reference": "low_income",
    "debts_percent_of_income": "high_debts",
    "credit_inquiries_6m": "many_credit_inquiries",
    "bankruptcies": "bankruptcy_on_record",
    "late_payments_2y": "paid_late_recently",
    "employment_years": "short_employment",
    "home": "rents_home",
}
"""Measures that the cases can tell, and the reason told when one costs points; the cases decide which of them stay."""
HIGHEST_CHANCE = {"A": 0.07, "B": 0.11, "C": 0.16, "D": 0.25}
"""Of going bad, by grade; whoever is beyond all of them is E."""
Columns = dict[str, Column]


def learned(file: Path) -> tuple[Scorecard, dict[str, Any]]:
    """The card, and its report."""
    asked, bad = outcomes.read(file)
    newest = len(asked) - round(len(asked) * LEARNED_SHARE)
    then, now = columns_of(asked[newest:]), columns_of(asked[:newest])
    options = LearningOptions(name=CODE, version=LEARNED, reasons=OFFERED)
    card = learn(then, bad[newest:], options)
    card = replace(card, grades=_grades(card))
    earlier = score_many(card, then).points
    report = asdict(validation_report(card, now, bad[:newest], earlier_points=earlier))
    return card, _rounded(
        report | {"learned_from": newest_of(asked, newest), "grades": by_grade(card, now, bad[:newest])}
    )


def newest_of(asked: Sequence[Asked], newest: int) -> dict[str, int]:
    return {"cases": len(asked) - newest, "judged": newest}


def columns_of(asked: Sequence[Asked]) -> Columns:
    """One column a measure, as scoring sees them."""
    return {name: _column([MEASURES[name](one) for one in asked]) for name in OFFERED}


def by_grade(card: Scorecard, columns: Columns, bad: Sequence[bool]) -> list[dict[str, Any]]:
    """What each grade came to, beside what the card expected of it."""
    scored = score_many(card, columns)
    grades = numpy.array([grade_of(card, int(points)) for points in scored.points])
    flags = numpy.array(bad)
    assert scored.probability_bad is not None
    return [
        {
            "grade": name,
            "cases": int((grades == name).sum()),
            "expected_bad_share": float(scored.probability_bad[grades == name].mean()),
            "bad_share": float(flags[grades == name].mean()),
        }
        for name in dict.fromkeys(grade.name for grade in card.grades)
    ]


def _grades(card: Scorecard) -> tuple[Grade, ...]:
    """Each from the lowest whole score whose chance of going bad is not above the grade's."""
    assert card.scaling is not None
    bounds = [Grade(name, _lowest(card, chance)) for name, chance in HIGHEST_CHANCE.items()]
    return (*bounds, Grade("E", None))


def _lowest(card: Scorecard, chance: float) -> int:
    assert card.scaling is not None
    points = -1000
    while card.scaling.probability_of_bad(points) > chance:
        points += 1
    return points


def _column(values: list[Any]) -> Column:
    if any(isinstance(value, str) for value in values):
        return values
    return [float(value) if isinstance(value, Decimal) else value for value in values]


def _rounded(value: Any) -> Any:
    """Figures inform: their last digits differ between processors, and say nothing."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value


def write(file: Path) -> None:
    card, report = learned(file)
    table_file(LEARNED).write_text(to_json(card), encoding="utf-8")
    report_file(LEARNED).write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
