"""What a grade gets: how much of its monthly sales, at which daily rate. Data; amounts in whole units of the currency."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple


class Terms(NamedTuple):
    """share_of_sales: of the average monthly sales, as limit; daily_rate: simple interest a day on the principal outstanding."""

    share_of_sales: Decimal
    daily_rate: Decimal


TERMS: Mapping[str, Terms] = {
    "A": Terms(Decimal("2"), Decimal("0.00035")),
    "B": Terms(Decimal("1.5"), Decimal("0.00045")),
    "C": Terms(Decimal("0.8"), Decimal("0.0005")),
    "D": Terms(Decimal(0), Decimal(0)),
}
STEP = 100
"""Limits are whole hundreds."""
LEAST_LIMIT = 500
LARGEST_TO_ONE_OWNER = 1_000_000
"""Σ of the limits of one owner's lines in one currency."""
LEAST_DRAWING = 10
TERM_MONTHS = 6
"""A drawing is to be repaid in full so many months after it was paid out."""
