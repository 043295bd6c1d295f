"""The annual percentage rate of United States law: the actuarial method of Regulation Z (12 CFR 1026), Appendix J.

The rate i per unit-period makes Σ A_k / ((1 + e_k·i)(1 + i)^q_k) = Σ P_j / ((1 + f_j·i)(1 + i)^t_j), where q and t are full
unit-periods since the beginning of the term and e and f the fraction of one before them, which earns simple interest
(paragraphs (b)(6) and (b)(8)). The annual rate is i times the unit-periods in a year (b)(1). The term begins with the first
advance.

The unit-period is the standard interval (a day, weeks, half a month, months up to a year) that occurs most often between
advances or between payments, the first counted from the beginning of the term; the shorter of two as frequent; without one
that occurs twice, the standard interval next to the average, the shorter of two as near. That of a single advance with a
single payment is its term, at most a year (b)(4). Days that weekends or holidays moved are to be given as scheduled
(12 CFR 1026.17(c)(3)).
"""

from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from finance.apr_flows import Credit
from finance.apr_roots import Moment, only_rate

DAYS_A_MONTH, DAYS_A_YEAR, WEEKS_A_YEAR, MONTHS_A_YEAR = 30, 365, 52, 12


class UnitPeriod(NamedTuple):
    """A multiple of a kind: (2, "week") is a fortnight, (12, "month") a year. `days` is 7 a week, 30 a month."""

    multiple: int
    kind: Literal["day", "week", "semimonth", "month"]

    @property
    def days(self) -> int:
        return self.multiple * {"day": 1, "week": 7, "semimonth": 15, "month": DAYS_A_MONTH}[self.kind]

    @property
    def a_year(self) -> Fraction:
        """Unit-periods per year, (b)(5)(ii) to (vii)."""
        return Fraction({"day": 365, "week": WEEKS_A_YEAR, "semimonth": 24, "month": 12}[self.kind], self.multiple)


YEAR = UnitPeriod(MONTHS_A_YEAR, "month")
STANDARD = (
    UnitPeriod(1, "day"),
    *(UnitPeriod(weeks, "week") for weeks in range(1, WEEKS_A_YEAR + 1)),
    UnitPeriod(1, "semimonth"),
    *(UnitPeriod(months, "month") for months in range(1, MONTHS_A_YEAR + 1)),
)


def actuarial_rate(credit: Credit) -> float:
    """Unit-periods a year × the rate per unit-period. Raises `NoRoot`, `SeveralRoots`, `OutOfRange`."""
    unit = unit_period(credit)
    return only_rate([(unit_periods(credit, day, unit), amount) for day, amount in credit.net()], float(unit.a_year))


def unit_period(credit: Credit) -> UnitPeriod:
    if len(credit.advances) == len(credit.payments) == 1:
        return _term(credit)
    steps = [*pairwise(credit.advances), *pairwise(sorted({credit.start_on, *credit.payments}))]
    frequent = [(-times, unit.days, unit) for unit, times in _frequencies(credit, steps).items() if times > 1]
    if frequent:
        return min(frequent)[2]
    days = sum(_days_of_30_a_month(credit, *step) for step in steps)
    average = min(Fraction(days, len(steps)), Fraction(YEAR.days))
    return min(STANDARD, key=lambda unit: (abs(unit.days - average), unit.days))


def unit_periods(credit: Credit, day: date, unit: UnitPeriod) -> Moment:
    """Full unit-periods between the beginning of the term and a day, and the fraction of one that is left, (b)(5).

    Full periods are measured back from the later day; the fraction is at the earlier end.
    """
    start = credit.start_on
    if unit == YEAR:
        return _years(credit, start, day)
    fixed = unit.kind in {"day", "week"}
    days = (day - start).days if fixed else _days_of_30_a_month(credit, start, day)
    full, left = divmod(days, unit.days)
    return Moment(Fraction(full), Fraction(left, unit.days))


def _years(credit: Credit, start: date, day: date) -> Moment:
    """Years of twelve months; what is left in months if they are whole, else in days of 1/365, (b)(5)(v)."""
    months, reached = credit.months_back(start, day, step=MONTHS_A_YEAR)
    left = credit.whole_months(start, reached)
    part = Fraction((reached - start).days, DAYS_A_YEAR) if left is None else Fraction(left, MONTHS_A_YEAR)
    return Moment(Fraction(months // MONTHS_A_YEAR + part // 1), part % 1)


def _term(credit: Credit) -> UnitPeriod:
    """The unit-period of a single advance with a single payment: its term, at most a year, (b)(4)(ii), (b)(5)(vi), (vii)."""
    start, end = credit.start_on, next(iter(credit.payments))
    months, reached = credit.months_back(start, end)
    if months >= MONTHS_A_YEAR:
        return YEAR
    if months and reached == start:
        return UnitPeriod(months, "month")
    return UnitPeriod(max(1, (end - start).days), "day")


def _frequencies(credit: Credit, steps: list[tuple[date, date]]) -> Counter[UnitPeriod]:
    """How often each standard interval occurs. A step that is two of them counts as the one that more steps can be."""
    readings = [_standard_intervals(credit, steps, at) for at in range(len(steps))]
    possible = Counter(unit for reading in readings for unit in reading)
    return Counter(
        max(reading, key=lambda unit: (possible[unit], unit.kind in {"month", "semimonth"}))
        for reading in readings
        if reading
    )


def _standard_intervals(credit: Credit, steps: list[tuple[date, date]], at: int) -> set[UnitPeriod]:
    """What a step may count as: 28 days from a 10 February are a month and four weeks."""
    earlier, later = steps[at]
    days, months = (later - earlier).days, credit.whole_months(earlier, later)
    units = set()
    if months:
        units.add(UnitPeriod(min(months, MONTHS_A_YEAR), "month"))
    if days == 1:
        units.add(UnitPeriod(1, "day"))
    if days % 7 == 0:
        units.add(UnitPeriod(days // 7, "week") if days // 7 <= WEEKS_A_YEAR else YEAR)
    if 13 <= days <= 18 and _half_of_a_month(credit, steps, at):
        units.add(UnitPeriod(1, "semimonth"))
    return units


def _half_of_a_month(credit: Credit, steps: list[tuple[date, date]], at: int) -> bool:
    """Whether with the step before or after it, it makes a month: 1st to 16th to 1st."""
    around = [(steps[at - 1], steps[at])] if at else []
    around += [(steps[at], steps[at + 1])] if at + 1 < len(steps) else []
    return any(first[1] == second[0] and credit.whole_months(first[0], second[1]) == 1 for first, second in around)


def _days_of_30_a_month(credit: Credit, earlier: date, later: date) -> int:
    months, reached = credit.months_back(earlier, later)
    return DAYS_A_MONTH * months + (reached - earlier).days
