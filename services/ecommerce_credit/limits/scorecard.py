"""The points table: which measures of a shop give how many points, and which score is which grade. Data; `score.py` reads it.

Made by hand, not learned. A bin holds values below `below`, the last one everything else. The reason is given when a bin costs points
against the best bin. Sales are in whole units of the shop's currency.
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


VERSION = "2026-11-25"
BASE = 400
CHARACTERISTICS = (
    _of(
        "average_monthly_sales",
        "sales_low",
        ("200", 0),
        ("1000", 20),
        ("5000", 40),
        ("20000", 55),
        (None, 65),
    ),
    _of("months_active", "few_active_months", ("3", 0), ("6", 20), ("10", 40), (None, 55)),
    _of("months_known", "short_history", ("6", 0), ("12", 10), (None, 20)),
    _of("cancelled_share", "many_cancellations", ("0.02", 50), ("0.05", 40), ("0.10", 20), (None, 0)),
    _of("average_review", "reviews_low_or_missing", ("3", 0), ("3.5", 15), ("4", 30), ("4.5", 45), (None, 55)),
    _of("sales_trend", "sales_falling", ("0.5", 0), ("0.8", 15), ("1", 30), (None, 40)),
)
GRADES = (("A", 610), ("B", 570), ("C", 520))
"""Grade and the lowest score of it; below the last one it is D."""
LOWEST_GRADE = "D"
FEWEST_ACTIVE_MONTHS = 3
"""Shops with fewer active months among the last twelve get no limit, whatever they score."""
