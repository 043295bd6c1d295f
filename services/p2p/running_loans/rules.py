"""How many whole instalments explain what a running loan still owes, and what explains the rest.

A file of running loans without the days of payments still tells them: equal instalments leave after k of them one balance, and no other k
leaves the same. Interest beyond that of k whole months is the interest of the days by which the first period was longer, or shorter.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from finance.exact import rounded
from finance.schedule_methods import repay_level
from services.p2p.running_loans.model import Explained, Explanation, Standing

CLOSE_MINOR = 5
"""What the other's own rounding, month by month, may come to."""
MOST_ODD_DAYS = 31
"""A first period that were longer by more is no odd days but another number of instalments."""
USUAL_ODD_DAYS = (-18, 14)
DAYS_OF_YEAR = 360


class After(NamedTuple):
    """Where the schedule stands after so many instalments."""

    instalments: int
    balance_minor: int
    interest_minor: int


def explain(standing: Standing) -> Explanation:
    """What accounts for what was repaid. Of two numbers of instalments that could, the one with the nearer balance."""
    unpaid = standing.principal_minor - standing.paid_principal_minor
    written_off = standing.balance_minor == 0 and unpaid > CLOSE_MINOR
    owed = unpaid if written_off else standing.balance_minor
    close = [one for one in _afters(standing) if _is_close(standing, one, owed)] if standing.balance_minor else []
    if close:
        found = min(close, key=lambda one: abs(owed - one.balance_minor))
        days = _odd_days(standing, found) if found.instalments else None
        return Explanation(Explained.BY_INSTALMENTS, found.instalments, owed - found.balance_minor, days, 0)
    found = _covered(standing, owed)
    ended = Explained.WRITTEN_OFF if written_off else Explained.SETTLED
    explained = Explained.WITH_EXTRA if standing.balance_minor else ended
    return Explanation(explained, found.instalments, 0, None, max(0, found.balance_minor - owed))


def remaining(standing: Standing) -> list[tuple[int, int]]:
    """(principal, interest) of each instalment still to come; the last one repays what is left."""
    parts, left = [], standing.balance_minor
    for principal, interest in repay_level(
        standing.balance_minor, [_monthly(standing)] * standing.term_months, standing.instalment_minor, "half_up"
    ):
        if left == 0:
            break
        parts.append((principal, interest))
        left -= principal
    return parts


def _afters(standing: Standing) -> Iterator[After]:
    factors = [_monthly(standing)] * standing.term_months
    balance, interest = standing.principal_minor, 0
    yield After(0, balance, interest)
    parts = repay_level(balance, factors, standing.instalment_minor, "half_up")
    for number, (of_principal, of_interest) in enumerate(parts, start=1):
        balance, interest = balance - of_principal, interest + of_interest
        yield After(number, balance, interest)


def _is_close(standing: Standing, after: After, owed_minor: int) -> bool:
    if abs(owed_minor - after.balance_minor) > CLOSE_MINOR:
        return False
    return after.instalments == 0 or abs(_odd_days(standing, after)) <= MOST_ODD_DAYS


def _covered(standing: Standing, owed_minor: int) -> After:
    """The most whole instalments whose principal and whose interest were both paid."""
    most = standing.paid_interest_minor + rounded(_day_of_interest(standing) * -USUAL_ODD_DAYS[0], "half_up")
    return max(
        one
        for one in _afters(standing)
        if one.instalments == 0 or (one.balance_minor >= owed_minor - CLOSE_MINOR and one.interest_minor <= most)
    )


def _odd_days(standing: Standing, after: After) -> Decimal:
    """To a tenth of a day, by the interest of one day of the whole principal."""
    daily = _day_of_interest(standing)
    if daily == 0:
        return Decimal(0)
    return Decimal(rounded((standing.paid_interest_minor - after.interest_minor) / daily * 10, "half_up")) / 10


def _day_of_interest(standing: Standing) -> Fraction:
    return standing.principal_minor * Fraction(standing.annual_rate) / DAYS_OF_YEAR


def _monthly(standing: Standing) -> tuple[int, int]:
    rate = Fraction(standing.annual_rate) / 12
    return rate.numerator, rate.denominator
