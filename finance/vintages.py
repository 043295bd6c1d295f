"""Vintage curves: of the loans made in one month, how many and how much was lost by each month on book.

Month on book 0 is the calendar month in which a loan was made, 1 the next one, and so on. A loan's loss (default,
charge-off, more than so many days past due: whatever the caller counts) happens once. Curves are cumulative and end with
the last calendar month that is complete on the day of reckoning: what has not happened yet is None, not an estimate.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy

from finance.errors import DatesOutOfOrder, OutOfRange
from finance.exact import integer
from finance.loan_arrays import (
    Days,
    Integers,
    array_day,
    calendar_days,
    counts_by,
    require_alike,
    sums_by,
    whole_numbers,
)

LARGEST_MONTHS = 600
LARGEST_SPAN = 1_200
"""A century between the first and the last cohort."""


@dataclass(frozen=True, slots=True)
class Vintage:
    """The cohort of a month, named by its first day. Lists by month on book, from 0; None where it is not complete."""

    month: date
    loans: int
    principal_minor: int
    lost_loans: tuple[int | None, ...]
    lost_minor: tuple[int | None, ...]

    @property
    def rates_by_count(self) -> list[float | None]:
        """Cumulative lost loans ÷ loans made."""
        return [None if lost is None else lost / self.loans for lost in self.lost_loans]

    @property
    def rates_by_amount(self) -> list[float | None]:
        """Cumulative loss ÷ principal lent."""
        return [None if lost is None else lost / self.principal_minor for lost in self.lost_minor]


def vintages(
    made_on: Days, principals_minor: Integers, lost_on: Days, losses_minor: Integers, *, as_of: date, months: int
) -> list[Vintage]:
    """Curves of `months` months after the first, by cohort, oldest first. One entry a loan; NaT where nothing was lost.

    Loans made after `as_of` are left out, as are losses after the last complete month. Losses before the loan raise
    `DatesOutOfOrder`. Cohorts without a loan are not listed.
    """
    integer(months, "months", least=0, most=LARGEST_MONTHS)
    calendar_days(made_on, "made_on")
    calendar_days(lost_on, "lost_on", absent=True)
    whole_numbers(principals_minor, "principals_minor", least=1)
    whole_numbers(losses_minor, "losses_minor")
    for array, field in ((principals_minor, "principals_minor"), (lost_on, "lost_on"), (losses_minor, "losses_minor")):
        require_alike(made_on, array, field)
    if (lost_on < made_on).any():
        raise DatesOutOfOrder("a loan was lost before it was made", field="lost_on")
    there = made_on <= array_day(as_of, "as_of")
    if not there.any():
        return []
    return _curves(made_on[there], principals_minor[there], lost_on[there], losses_minor[there], as_of, months)


def _curves(
    made_on: Days, principals: Integers, lost_on: Days, losses: Integers, as_of: date, months: int
) -> list[Vintage]:
    made = _month_numbers(made_on)
    first, complete = int(made.min()), _last_complete(as_of)
    cohorts = made - first
    size = int(cohorts.max()) + 1
    if size > LARGEST_SPAN:
        raise OutOfRange(f"the cohorts span more than {LARGEST_SPAN} months", field="made_on")
    lost = ~numpy.isnat(lost_on)
    lost[lost] &= _month_numbers(lost_on[lost]) <= complete
    on_book = _month_numbers(lost_on[lost]) - made[lost]
    # Losses later than the curve is long gather in one last column that is not shown.
    width = months + 2
    cells = cohorts[lost] * width + numpy.minimum(on_book, months + 1)
    lost_loans, lost_minor = counts_by(cells, size * width), sums_by(cells, losses[lost], size * width)
    loans, lent = counts_by(cohorts, size), sums_by(cohorts, principals, size)
    return [
        Vintage(
            _first_day(first + cohort),
            loans[cohort],
            lent[cohort],
            _running(lost_loans[cohort * width :][: months + 1], complete - first - cohort),
            _running(lost_minor[cohort * width :][: months + 1], complete - first - cohort),
        )
        for cohort in range(size)
        if loans[cohort]
    ]


def _running(cells: list[int], last: int) -> tuple[int | None, ...]:
    """Running totals up to the last complete month on book, None after it."""
    totals: list[int | None] = []
    total = 0
    for month, cell in enumerate(cells):
        total += cell
        totals.append(total if month <= last else None)
    return tuple(totals)


def _month_numbers(days: Days) -> Integers:
    """Calendar months, counted from January 1970."""
    return days.astype("datetime64[M]").astype(numpy.int64)


def _last_complete(as_of: date) -> int:
    """The number of the last month that is over at the end of a day."""
    current = (as_of.year - 1970) * 12 + as_of.month - 1
    ends = as_of == date.max or (as_of + timedelta(days=1)).day == 1
    return current if ends else current - 1


def _first_day(month: int) -> date:
    return date(1970 + month // 12, month % 12 + 1, 1)
