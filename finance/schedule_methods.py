"""How each method divides a loan into principal and interest, as exact integer arithmetic.

A period's growth factor is a ratio of integers (numerator, denominator), so that a level instalment is found from the exact
quotient and a tie is a tie, whatever the number of periods.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from finance.errors import CannotBeMet, UnknownChoice
from finance.exact import Rounding, divide, shown
from finance.schedule_periods import Period


class Portion(NamedTuple):
    """Principal and interest of one row, in minor units, and the period it stands for."""

    period: Period
    principal_minor: int
    interest_minor: int


class Terms(NamedTuple):
    """What a method divides: principal in minor units, the rate a year, the rounding of interest and instalments."""

    principal_minor: int
    annual_rate: Fraction
    rounding: Rounding
    level_principal: bool = False
    principal_grace: int = 0
    """First rows that pay interest only."""
    interest_grace: int = 0
    """First rows of those whose interest is asked for with the row after them."""
    instalment_minor: int | None = None
    """An instalment agreed instead of computed; the last row repays what it leaves."""
    instalments_minor: tuple[int, ...] | None = None
    """Instalments by hand, one for each row or for all but the last."""


Ratio = tuple[int, int]
"""Numerator and positive denominator in lowest terms: several times faster here than Fraction."""


def portions_of(method: str, terms: Terms, periods: list[Period]) -> list[Portion]:
    """The rows of a method. Σ principal is the principal of the terms; raises `UnknownChoice` for another method."""
    divide_by = _METHODS.get(method) if isinstance(method, str) else None
    if divide_by is None:
        raise UnknownChoice(f"unknown method {shown(method)}; known: {', '.join(_METHODS)}", field="method")
    return divide_by(terms, periods)


def interest_factors(annual_rate: Fraction, periods: list[Period]) -> list[Ratio]:
    """Interest per unit of balance for each period: rate × years."""
    known: dict[Fraction, Ratio] = {}
    factors = []
    for period in periods:
        factor = known.get(period.years)
        if factor is None:
            product = annual_rate * period.years
            if product <= -1:
                raise CannotBeMet("the rate eats the whole balance within one period", field="annual_rate")
            factor = known[period.years] = (product.numerator, product.denominator)
        factors.append(factor)
    return factors


def level_instalment(principal_minor: int, factors: list[Ratio], rounding: Rounding) -> int:
    """The instalment that repays the principal at these factors, rounded once.

    P ÷ Σ_k Π_{i≤k} 1/(1 + f_i), brought over common denominators and kept in integers to the end.
    """
    numerator, denominator = factors[0]
    if all(factor == factors[0] for factor in factors):
        count, grown = len(factors), numerator + denominator
        growth, base = grown**count, denominator**count
        total = denominator * (growth - base) // numerator if numerator else count * base
        return divide(principal_minor * growth, total, rounding)
    growth, base, total = 1, 1, 0
    for numerator, denominator in factors:
        grown = numerator + denominator
        base *= denominator
        growth *= grown
        total = total * grown + base
    return divide(principal_minor * growth, total, rounding)


def repay_level(
    principal_minor: int, factors: list[Ratio], instalment: int, rounding: Rounding
) -> list[tuple[int, int]]:
    """(principal, interest) per period at a given instalment; the last period repays whatever is left.

    An instalment below a period's interest pays the interest all the same: the balance never grows, and never falls
    below 0.
    """
    balance, parts = principal_minor, []
    for numerator, denominator in factors:
        interest = divide(balance * numerator, denominator, rounding)
        principal = min(balance, max(0, instalment - interest))
        parts.append((principal, interest))
        balance -= principal
    principal, interest = parts[-1]
    parts[-1] = (principal + balance, interest)
    return parts


def _equal_instalment(terms: Terms, periods: list[Period]) -> list[Portion]:
    """Level instalments; the difference that rounding leaves in the last one is spread once, if that makes it smaller.

    With d = last − instalment and step = round_half_even(d ÷ periods): the instalment is raised by step, once, if step ≠ 0
    and the new |d| is smaller.
    """
    total, rounding = terms.principal_minor, terms.rounding
    factors = interest_factors(terms.annual_rate, periods)
    waiting, factors = factors[: terms.principal_grace], factors[terms.principal_grace :]
    parts = [(0, divide(total * top, bottom, rounding)) for top, bottom in waiting]
    if terms.instalment_minor is None:
        parts += _level_parts(total, factors, rounding)
    else:
        parts += _agreed_parts(total, factors, terms.instalment_minor, rounding)
    return [Portion(period, *part) for period, part in zip(periods, parts, strict=False)]


def _level_parts(total: int, factors: list[Ratio], rounding: Rounding) -> list[tuple[int, int]]:
    instalment = level_instalment(total, factors, rounding)
    parts = repay_level(total, factors, instalment, rounding)
    difference = sum(parts[-1]) - instalment
    step = divide(difference, len(factors), "half_even")
    if step:
        spread = repay_level(total, factors, instalment + step, rounding)
        if abs(sum(spread[-1]) - instalment - step) < abs(difference):
            return spread
    return parts


def _agreed_parts(total: int, factors: list[Ratio], instalment: int, rounding: Rounding) -> list[tuple[int, int]]:
    """The rows until the loan is repaid: fewer than the periods when the agreed instalment is large."""
    top, bottom = factors[0]
    interest = divide(total * top, bottom, rounding)
    if instalment <= interest:
        raise CannotBeMet(
            f"an instalment of {instalment} never repays: the first interest is {interest}",
            field="instalment_minor",
            interest_minor=interest,
        )
    parts, left = [], total
    for part in repay_level(total, factors, instalment, rounding):
        if left == 0:
            break
        parts.append(part)
        left -= part[0]
    return parts


def _equal_principal(terms: Terms, periods: list[Period]) -> list[Portion]:
    return _from_balances(terms, periods, _equal_balances(terms, len(periods)))


def _equal_balances(terms: Terms, rows: int) -> list[int]:
    """Balance after row k is round_half_up(P·(n−k)/n); `level_principal` repeats round_half_up(P/n), the last rests."""
    total, waiting = terms.principal_minor, min(terms.principal_grace, rows - 1)
    count = rows - waiting
    if terms.level_principal:
        part = divide(total, count, "half_up")
        balances = [max(0, total - part * row) for row in range(1, count)] + [0]
    else:
        balances = [divide(total * (count - row), count, "half_up") for row in range(1, count + 1)]
    return [total] * waiting + balances


def _interest_first(terms: Terms, periods: list[Period]) -> list[Portion]:
    return _from_balances(terms, periods, [terms.principal_minor] * (len(periods) - 1) + [0])


def _bullet(terms: Terms, periods: list[Period]) -> list[Portion]:
    """One row at the end of the term: simple interest over all of it, rounded once."""
    years = sum((period.years for period in periods), Fraction(0))
    first, last = periods[0], periods[-1]
    days = (last.until_on - first.from_on).days
    whole = Period(1, first.from_on, last.until_on, last.due_on, days, years)
    return _from_balances(terms, [whole], [0])


def _flat(terms: Terms, periods: list[Period]) -> list[Portion]:
    """Interest of every row on the original principal; principal as in equal principal."""
    total, rows, before = terms.principal_minor, [], terms.principal_minor
    factors = interest_factors(terms.annual_rate, periods)
    for period, (top, bottom), after in zip(periods, factors, _equal_balances(terms, len(periods)), strict=True):
        rows.append(Portion(period, before - after, divide(total * top, bottom, terms.rounding)))
        before = after
    return rows


def _from_balances(terms: Terms, periods: list[Period], balances: list[int]) -> list[Portion]:
    """Rows whose balances are given: principal is their difference, interest on the balance before."""
    factors = interest_factors(terms.annual_rate, periods)
    rows, before = [], terms.principal_minor
    for period, (top, bottom), after in zip(periods, factors, balances, strict=True):
        rows.append(Portion(period, before - after, divide(before * top, bottom, terms.rounding)))
        before = after
    return rows


_METHODS: dict[str, Callable[[Terms, list[Period]], list[Portion]]] = {
    "equal_instalment": _equal_instalment,
    "equal_principal": _equal_principal,
    "interest_first": _interest_first,
    "bullet": _bullet,
    "flat": _flat,
}
