"""What a loan costs in all, as a yearly rate that can be held against another.

The rate j at which what the borrower received equals what she pays, each row's stretch of `years` growing by 1 + j·years,
as in the schedule itself. Money that moves between two due days (a premium, money drawn later) bears simple interest to
the next one, again as in the schedule: a cost of one cent a day does not turn a monthly rate into a daily compounded one.

Interest counts as agreed, before it was rounded to the minor unit: a loan at 15.40 % costs 15.40 %, whether its cents were
rounded up or down, and one at 15.41 % costs more, however small it is. Where the interest agreed cannot be worked out from
the balances (terms that changed on the way), half a minor unit a row is allowed instead.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

import numpy

from finance.errors import DatesOutOfOrder, NoRoot
from finance.exact import integer, minor_amount, of_kind, pairs
from finance.rate_roots import falling_root
from finance.schedule_periods import part_of_period
from finance.schedules import Row, Schedule

LARGEST_COSTS = 4_000
_DAYS_A_YEAR = 365
_DIGITS = 60
_LOST_IN_DIGITS = Decimal("1e-20")


class Moved(NamedTuple):
    """An amount in minor units that moves `years` before the end of row `at` (0 is the first); negative if received."""

    at: int
    years: Decimal
    amount_minor: int


class AllInCost(NamedTuple):
    """What was received on the first day, what is paid with each row, between rows, and years after the last one."""

    received_minor: int
    years: tuple[Decimal, ...]
    payments_minor: tuple[Decimal, ...]
    between: tuple[Moved, ...]
    after: tuple[tuple[Decimal, int], ...]
    allowed_minor: Decimal

    def exceeds(self, ceiling: Decimal) -> bool:
        """Whether the payments are worth more, at the ceiling, than what was received."""
        with localcontext(prec=_DIGITS):
            growths, growth = [], Decimal(1)
            for years in self.years:
                growth *= 1 + ceiling * years
                growths.append(growth)
            worth = sum((paid / grown for paid, grown in zip(self.payments_minor, growths, strict=True)), Decimal(0))
            worth += sum(moved.amount_minor * (1 + ceiling * moved.years) / growths[moved.at] for moved in self.between)
            worth += sum(amount / (growth * (1 + ceiling * years)) for years, amount in self.after)
            return worth - self.received_minor > self.allowed_minor + self.received_minor * _LOST_IN_DIGITS

    def rate(self) -> float:
        """The rate itself, for display. Raises `NoRoot` if nothing is paid or no rate is high enough."""
        stretches = numpy.array(self.years, dtype=numpy.float64)
        payments = numpy.array(self.payments_minor, dtype=numpy.float64)
        at = numpy.array([moved.at for moved in self.between], dtype=numpy.int64)
        left = numpy.array([moved.years for moved in self.between], dtype=numpy.float64)
        amounts = numpy.array([moved.amount_minor for moved in self.between], dtype=numpy.float64)

        def excess(rate: float) -> float:
            growth = numpy.cumprod(1 + rate * stretches)
            worth = (payments / growth).sum() + (amounts * (1 + rate * left) / growth[at]).sum()
            later = sum(amount / (growth[-1] * (1 + rate * float(years))) for years, amount in self.after)
            return float(worth + later) - self.received_minor

        if not stretches.any():
            raise NoRoot("a rate needs time between the advance and the payments", field="schedule")
        return falling_root(excess, -1 / float(stretches.max()) * (1 - 1e-12))


def all_in_cost(schedule: Schedule, further_costs: Sequence[tuple[date, int]] = ()) -> AllInCost:
    """The cost of a schedule with its fees, its drawings and costs outside of it: pairs (day, minor units).

    Raises `DatesOutOfOrder` for a cost before the loan, `OutOfRange` for one below 0 or if nothing is left to receive.
    """
    of_kind(schedule, Schedule, "schedule")
    costs = pairs(further_costs, "further_costs", most=LARGEST_COSTS)
    received, moves, after = schedule.principal_minor - schedule.upfront_fee_minor, [], []
    ends = [row.from_on + timedelta(days=row.days) for row in schedule.rows]
    # ACT/360 counts 365/360 of a year in a year: the law's year is the calendar's.
    year = Fraction(360, 365) if schedule.day_count == "ACT/360" else Fraction(1)
    flows = [(drawing.drawn_on, -drawing.amount_minor) for drawing in schedule.changes.drawings]
    for day, amount in costs:
        flows.append((day, minor_amount(amount, "further_costs", least=0)))
        if day < schedule.start_on:
            raise DatesOutOfOrder(f"a cost of {day} lies before the loan", field="further_costs")
    for day, amount in flows:
        if day <= schedule.start_on:
            received -= amount
        elif day > ends[-1]:
            after.append((_decimal(Fraction((day - ends[-1]).days, _DAYS_A_YEAR)), amount))
        else:
            at = next(at for at, end in enumerate(ends) if day <= end)
            left = _years_left(schedule, at, day, ends[at]) * year
            moves.append(Moved(at, _decimal(left), amount))
    payments, allowed = _payments(schedule)
    return AllInCost(
        received_minor=integer(received, "further_costs", least=1),
        years=tuple(_decimal(years * year) for years in schedule.years),
        payments_minor=tuple(_decimal(payment) for payment in payments),
        between=tuple(moves),
        after=tuple(after),
        allowed_minor=_decimal(allowed),
    )


def _payments(schedule: Schedule) -> tuple[list[Fraction], Fraction]:
    """Payments by row with the interest as agreed, not rounded, and what is to be allowed for where that is not known."""
    rounded = [Fraction(row.payment_minor) for row in schedule.rows]
    agreed = _agreed_interest(schedule)
    if agreed is None:
        return rounded, Fraction(len(rounded), 2)
    differences = [row.interest_minor - interest for row, interest in zip(schedule.rows, agreed, strict=True)]
    return [payment - difference for payment, difference in zip(rounded, differences, strict=True)], Fraction(0)


def _agreed_interest(schedule: Schedule) -> list[Fraction] | None:
    """Interest of each row before rounding; None unless every row's own is that, rounded."""
    if schedule.changes.rates or schedule.changes.drawings:
        return None
    rate, waiting = Fraction(schedule.annual_rate), schedule.terms.interest_grace
    owed = schedule.terms.principal_minor
    agreed, put_off = [], Fraction(0)
    for row, years in zip(schedule.rows, schedule.years, strict=True):
        interest = owed * rate * years
        if schedule.method != "flat":
            owed = row.balance_minor
        if 0 < row.number <= waiting:
            put_off, interest = put_off + interest, Fraction(0)
        elif put_off:
            put_off, interest = Fraction(0), put_off + interest
        if abs(interest - row.interest_minor) > _roundings(row, waiting):
            return None
        agreed.append(interest)
    return agreed


def _roundings(row: Row, waiting: int) -> int:
    """How many rounded amounts the interest of a row is made of: each is less than a unit away."""
    return waiting + 1 if row.number == waiting + 1 else 1


def _years_left(schedule: Schedule, at: int, day: date, end: date) -> Fraction:
    """Years from a day within a row to the row's end, by the schedule's own count where it can tell."""
    row, years = schedule.rows[at], schedule.years[at]
    return max(Fraction(0), years - part_of_period(schedule.day_count, (row.from_on, end), years, row.from_on, day))


def _decimal(value: Fraction) -> Decimal:
    with localcontext(prec=_DIGITS):
        return Decimal(value.numerator) / value.denominator
