"""The advances and payments of a credit, read once for every method of the annual percentage rate, and the whole
months between their days.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from finance.calendars import is_month_end
from finance.errors import DatesOutOfOrder, OutOfRange
from finance.exact import LARGEST_AMOUNT, decimal, pairs

LARGEST_CREDIT_FLOWS = 20_000
"""Advances and payments together: every day of fifty years."""

Flow = tuple[date, Decimal | int]


@dataclass(frozen=True, slots=True)
class Credit:
    """Sums by day, ascending: what the borrower receives and what the borrower pays. No sum is negative or 0."""

    advances: dict[date, Fraction]
    payments: dict[date, Fraction]
    month_day: int
    """The day of the month that monthly days keep to: 31 if they are last days of months."""

    @property
    def start_on(self) -> date:
        return next(iter(self.advances))

    def net(self) -> list[tuple[date, Fraction]]:
        """Payments less advances of each day, ascending: what the lender receives."""
        days = sorted({*self.advances, *self.payments})
        return [(day, self.payments.get(day, Fraction(0)) - self.advances.get(day, Fraction(0))) for day in days]

    def months_back(self, earlier: date, later: date, *, step: int = 1) -> tuple[int, date]:
        """Whole months (a multiple of `step`) measured back from the later day, and the day they lead to, not before the
        earlier one.

        A last day of a short month stands for the scheduled day the month does not have: of payments on the 31st, the one
        of 28 February leads back to 31 January.
        """
        scheduled = later.day
        if scheduled == min(self.month_day, monthrange(later.year, later.month)[1]):
            scheduled = self.month_day
        months = (later.year - earlier.year) * 12 + later.month - earlier.month
        if _day_before(later, months, scheduled) < earlier:
            months -= 1
        months -= months % step
        return months, _day_before(later, months, scheduled)

    def whole_months(self, earlier: date, later: date) -> int | None:
        """Months between two days that are whole months apart, else None."""
        months, reached = self.months_back(earlier, later)
        return months if reached == earlier else None


def read_credit(advances: Sequence[Flow], payments: Sequence[Flow]) -> Credit:
    """Pairs of day and positive amount, in any order; those of one day are added.

    Raises `OutOfRange`, `InexactNumber`, `DatesOutOfOrder` (a payment before the first advance).
    """
    drawn = pairs(advances, "advances", most=LARGEST_CREDIT_FLOWS)
    repaid = pairs(payments, "payments", most=LARGEST_CREDIT_FLOWS)
    if len(drawn) + len(repaid) > LARGEST_CREDIT_FLOWS:
        raise OutOfRange(f"at most {LARGEST_CREDIT_FLOWS} advances and payments", field="payments")
    received, paid = _by_day(drawn, "advances"), _by_day(repaid, "payments")
    start_on = next(iter(received))
    first_paid_on = next(iter(paid))
    if first_paid_on < start_on:
        raise DatesOutOfOrder(f"a payment on {first_paid_on} comes before the first advance", field="payments")
    return Credit(received, paid, _month_day(start_on, list(paid)))


def _by_day(flows: Sequence[Flow], field: str) -> dict[date, Fraction]:
    sums: dict[date, Fraction] = {}
    for day, amount in flows:
        # Sums of decimals keep to short denominators; those of fractions would grow with each.
        exact = Fraction(decimal(amount, field))
        if not 0 < exact <= LARGEST_AMOUNT:
            raise OutOfRange(f"amounts of {field} must be above 0 and at most {LARGEST_AMOUNT}", field=field)
        sums[day] = sums.get(day, Fraction(0)) + exact
    if not sums:
        raise OutOfRange(f"a rate needs {field}", field=field)
    return dict(sorted(sums.items()))


def _month_day(start_on: date, paid_on: list[date]) -> int:
    """The latest day of the month that is paid on; if all are last days of their months, no earlier than the start's."""
    latest = max(day.day for day in paid_on)
    return max(latest, start_on.day) if all(map(is_month_end, paid_on)) else latest


def _day_before(later: date, months: int, scheduled: int) -> date:
    year, month = divmod(later.year * 12 + later.month - 1 - months, 12)
    return date(year, month + 1, min(scheduled, monthrange(year, month + 1)[1]))
