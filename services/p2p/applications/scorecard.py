"""The points table: which facts give how many points, and which score is which grade. Data; `score.py` reads it.

Made by hand, with an eye on the 7,000 loans of `loans_full_schema.csv` (what their rates rose and fell with), not learned from them.
A bin holds values below `below`, the last one everything else. The reason is given when a bin costs points against the best bin.
"""

from decimal import Decimal
from typing import NamedTuple


class Bin(NamedTuple):
    below: Decimal | None
    points: int


class Characteristic(NamedTuple):
    """name: of the measure in `score.py`; reason: code told when it costs points."""

    name: str
    reason: str
    bins: tuple[Bin, ...]


def _of(name: str, reason: str, *bins: tuple[str | None, int]) -> Characteristic:
    return Characteristic(
        name, reason, tuple(Bin(None if below is None else Decimal(below), points) for below, points in bins)
    )


VERSION = "2026-11-24"
BASE = 500
CHARACTERISTICS = (
    _of(
        "debt_to_income",
        "debts_high_for_income",
        ("0.10", 36),
        ("0.18", 30),
        ("0.25", 22),
        ("0.35", 10),
        (None, 0),
    ),
    _of("credit_used", "credit_nearly_used_up", ("0.10", 36), ("0.30", 32), ("0.50", 28), ("0.75", 14), (None, 0)),
    _of("late_payments_2y", "paid_late_recently", ("1", 25), ("2", 8), (None, 0)),
    _of(
        "loan_to_income",
        "amount_high_for_income",
        ("0.05", 25),
        ("0.10", 20),
        ("0.20", 13),
        ("0.35", 6),
        (None, 0),
    ),
    _of("years_of_credit", "short_credit_history", ("5", 0), ("10", 12), ("15", 14), ("22", 18), (None, 23)),
    _of("credit_inquiries_12m", "many_credit_inquiries", ("1", 19), ("3", 11), ("6", 4), (None, 0)),
    _of("employment_months", "short_employment", ("12", 0), ("36", 4), ("96", 7), (None, 10)),
    _of("bankruptcies", "bankruptcy_on_record", ("1", 10), (None, 0)),
    _of("rents_home", "rents_home", ("1", 5), (None, 0)),
)
GRADES = (("A", 645), ("B", 620), ("C", 595), ("D", 570))
"""Grade and the lowest score of it; below the last one it is E."""
LOWEST_GRADE = "E"
