"""What of an enrolment's income is not the lender's, worked out from what really went out and came back: plain functions of dated flows."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from finance.exact import rounded
from services.p2p.enrolments.model import Settlement
from services.p2p.plans.model import AboveCap, Plan

YEAR_DAYS = 365
Flow = tuple[date, int]
"""Below zero what was lent or paid for a claim, above what came back of one."""


def settle(plan: Plan, flows: Iterable[Flow], *, until: date, early: bool, lost_minor: int = 0) -> Settlement:
    """All that is charged, once nothing is left. Income above the cap is what is left of it after fees: a fee never makes an excess.

    Nothing is charged beyond what came back.
    """
    known = sorted(flows)
    out = -sum(amount for _, amount in known if amount < 0)
    back = sum(amount for _, amount in known if amount > 0)
    peak, days = at_work(known, until)
    fees = min(back, _fees(plan, peak, early))
    excess = above_cap(plan, income_minor=back - out - fees, capital_days=days)
    return Settlement(out, back, lost_minor, peak, days, fees, excess)


def at_work(flows: Sequence[Flow], until: date) -> tuple[int, int]:
    """The most that was out at the end of a day, and what was out at the end of each, summed up to a day. flows: in order of days."""
    out = peak = days = 0
    since: date | None = None
    for day, of_day in groupby(flows, key=lambda flow: flow[0]):
        if since is not None:
            days += max(0, out) * (min(day, until) - min(since, until)).days
        out -= sum(amount for _, amount in of_day)
        peak, since = max(peak, out), day
    if since is not None:
        days += max(0, out) * (until - min(since, until)).days
    return peak, days


def above_cap(plan: Plan, *, income_minor: int, capital_days: int) -> int:
    """What is not the lender's of an income after fees. The cap is rounded up, for her."""
    if plan.income_cap is None or plan.above_cap is AboveCap.TO_LENDER:
        return 0
    return max(0, income_minor - cap_minor(plan.income_cap, capital_days))


def cap_minor(rate: Decimal, capital_days: int) -> int:
    """Simple interest at the rate on what was out, by days of a year of 365."""
    return rounded(Fraction(rate) * capital_days / YEAR_DAYS, "up")


def _fees(plan: Plan, peak_minor: int, early: bool) -> int:
    leaving = plan.early_exit_fee_rate if early and plan.early_exit_fee_rate is not None else plan.exit_fee_rate
    return sum(int(Fraction(rate) * peak_minor) for rate in (plan.joining_fee_rate, leaving))
