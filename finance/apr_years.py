"""Intervals in years, as the European and the British annual percentage rate count them.

Both equate advances and payments at one effective yearly rate X: Σ C_k·(1 + X)^(−t_k) = Σ D_l·(1 + X)^(−s_l), with t and s
counted from the first advance; a year is 365 days (366 in leap years), 52 weeks or 12 equal months. They differ in how they
count an interval that is neither weeks nor months:

* European Union: Directive 2008/48/EC, Annex I, part I, as worded since in Directives 2014/17/EU and (EU) 2023/2225. Whole
  weeks, months or years, counted back from the flow, then days back to the first advance, divided by the days of the year
  that ends where they end (section 4.1.1 of the Commission's guidelines SWD(2012) 128). One unit serves all flows: the one
  of the payments' frequency.
* United Kingdom: FCA Handbook, CONC App 1.2.6 R, has the same equation and the same year and is silent on odd intervals;
  they are counted as its sister rule CONC App 1.1.10 R has it, from regulation 11 of the Consumer Credit (Total Charge for
  Credit) Regulations 1980 (SI 1980/51): an interval of whole months in months, of whole weeks in weeks (of both: in
  months, unless there are several payments and all are whole weeks away), any other in whole years and days, a day of a
  leap year being 1/366.
"""

from calendar import isleap
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from finance.apr_flows import Credit
from finance.apr_roots import Moment, only_rate
from finance.calendars import add_months

_WEEKS_A_YEAR = 52

Unit = Literal["week", "month", "year"]


def european_rate(credit: Credit) -> float:
    """The effective yearly rate of Directive 2008/48/EC. Raises `NoRoot`, `SeveralRoots`, `OutOfRange`."""
    unit = frequency(credit)
    return only_rate([(Moment(_whole_units_and_days(credit, day, unit)), amount) for day, amount in credit.net()])


def british_rate(credit: Credit) -> float:
    """The effective yearly rate of CONC App 1.2. Raises `NoRoot`, `SeveralRoots`, `OutOfRange`."""
    years = _british_years(credit)
    return only_rate([(Moment(years(day)), amount) for day, amount in credit.net()])


def frequency(credit: Credit) -> Unit:
    """The unit in which the European rate counts: that of the steps from payment to payment.

    Years if all are whole years, weeks if more of them are whole weeks than whole months, else months. A single payment's
    step is its distance from the first advance.
    """
    days = list(credit.payments)
    steps = list(pairwise(days)) or [(credit.start_on, days[0])]
    months = [credit.whole_months(*step) for step in steps]
    if all(count is not None and count % 12 == 0 for count in months):
        return "year"
    weekly = sum((later - earlier).days % 7 == 0 for earlier, later in steps)
    return "week" if weekly > sum(count is not None for count in months) else "month"


def _whole_units_and_days(credit: Credit, day: date, unit: Unit) -> Fraction:
    start = credit.start_on
    if unit == "week":
        weeks, left = divmod((day - start).days, 7)
        whole, reached = Fraction(weeks, _WEEKS_A_YEAR), start + timedelta(days=left)
    else:
        months, reached = credit.months_back(start, day, step=12 if unit == "year" else 1)
        whole = Fraction(months, 12)
    if reached == start:
        return whole
    return whole + Fraction((reached - start).days, (reached - add_months(reached, -12, field="payments")).days)


def _british_years(credit: Credit) -> Callable[[date], Fraction]:
    start = credit.start_on
    weekly = len(credit.payments) > 1 and all((day - start).days % 7 == 0 for day in credit.payments)

    def years(day: date) -> Fraction:
        months, days = credit.whole_months(start, day), (day - start).days
        if months is not None and not (weekly and days % 7 == 0):
            return Fraction(months, 12)
        return Fraction(days // 7, _WEEKS_A_YEAR) if days % 7 == 0 else _years_and_days(start, day)

    return years


def _years_and_days(start: date, day: date) -> Fraction:
    whole = day.year - start.year
    if add_months(start, 12 * whole) > day:
        whole -= 1
    reached = add_months(start, 12 * whole)
    # The days after the one reached, up to and with the last, in at most two calendar years.
    turn = min(day, date(reached.year, 12, 31))
    before, after = (turn - reached).days, (day - turn).days
    return whole + Fraction(before, _days_in_year(reached.year)) + Fraction(after, _days_in_year(day.year))


def _days_in_year(year: int) -> int:
    return 366 if isleap(year) else 365
