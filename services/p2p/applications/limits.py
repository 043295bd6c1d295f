"""How much somebody may borrow: by grade and income, and by law. Figures of law are dated rows with their source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

STEP_MINOR = 10_000
"""Limits are whole hundreds of yuan."""
LEAST_LIMIT_MINOR = 100_000

SHARE_OF_INCOME: Mapping[str, Decimal] = {
    "A": Decimal("0.6"),
    "B": Decimal("0.5"),
    "C": Decimal("0.4"),
    "D": Decimal("0.25"),
    "E": Decimal(0),
}


@dataclass(frozen=True, slots=True)
class Cap:
    """What one borrower may owe on one platform and on all of them, by law, from a day on."""

    borrower_kind: str
    currency: str
    from_on: date
    here_minor: int
    everywhere_minor: int
    source: str


CAPS = (
    Cap(
        "natural_person",
        "CNY",
        date(2016, 8, 17),
        20_000_000,
        100_000_000,
        "Interim Measures for Online Lending Information Intermediaries (2016), article 17",
    ),
    Cap(
        "organisation",
        "CNY",
        date(2016, 8, 17),
        100_000_000,
        500_000_000,
        "Interim Measures for Online Lending Information Intermediaries (2016), article 17",
    ),
)


def cap_on(day: date, currency: str, borrower_kind: str = "natural_person") -> Cap | None:
    """The newest row in force; None where no law is known for that currency and day."""
    rows = [
        cap for cap in CAPS if cap.currency == currency and cap.borrower_kind == borrower_kind and cap.from_on <= day
    ]
    return max(rows, key=lambda cap: cap.from_on, default=None)


def limit_of(
    grade: str, annual_income_minor: int, debts_elsewhere_minor: int, owed_here_minor: int, cap: Cap | None
) -> int:
    """Most she may list now, in whole steps; 0 if that is less than the least."""
    room = int(SHARE_OF_INCOME[grade] * annual_income_minor) - owed_here_minor
    if cap is not None:
        room = min(room, room_under(cap, debts_elsewhere_minor, owed_here_minor))
    limit = room // STEP_MINOR * STEP_MINOR
    return limit if limit >= LEAST_LIMIT_MINOR else 0


def room_under(cap: Cap, debts_elsewhere_minor: int, owed_here_minor: int) -> int:
    """What may still be owed here by law; never negative."""
    return max(0, min(cap.here_minor - owed_here_minor, cap.everywhere_minor - debts_elsewhere_minor - owed_here_minor))
