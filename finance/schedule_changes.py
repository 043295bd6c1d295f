"""Schedules whose terms change on the way: another rate from a day on, money drawn later, instalments given by hand.

A change inside a period changes that period's interest by the days it holds for. From the next row on the rest is divided
anew by the method: instalments are level again, principal is equal again. The row in which the change falls keeps
its agreed payment (equal instalment) or its agreed principal (the other methods).
"""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from finance.errors import CannotBeMet, DatesOutOfOrder, OutOfRange
from finance.exact import Rounding, divide
from finance.schedule_methods import Portion, Terms, interest_factors, portions_of
from finance.schedule_periods import Period, part_of_period

LARGEST_CHANGES = 300
"""Of each kind, in one schedule: each divides all the rest of it anew."""

CountYears = Callable[[Period, date, date], Fraction]


class RateChange(NamedTuple):
    """Another yearly rate from a day on."""

    from_on: date
    annual_rate: Fraction


class Drawing(NamedTuple):
    """More money drawn on a day after the start."""

    drawn_on: date
    amount_minor: int


class Changes(NamedTuple):
    """Rate changes and drawings, each in the order of their days."""

    rates: Sequence[RateChange] = ()
    drawings: Sequence[Drawing] = ()


NO_CHANGES = Changes()


def portions_with_changes(
    method: str, terms: Terms, periods: list[Period], changes: Changes, day_count: str
) -> list[Portion]:
    """The rows under changing terms. Σ principal is the first principal and every drawing.

    Raises `CannotBeMet` for `flat`, whose interest knows no balance, and for changes outside the term.
    """
    _within_term(changes, periods)
    if method == "flat":
        raise CannotBeMet("flat interest does not follow the balance, so its terms cannot change", field="method")
    if terms.instalment_minor is not None:
        raise CannotBeMet("an agreed instalment does not follow changing terms", field="instalment_minor")

    def years(period: Period, start: date, end: date) -> Fraction:
        return part_of_period(day_count, (period.from_on, period.until_on), period.years, start, end)

    if method == "bullet":
        return [_bullet_row(terms, periods, changes, years)]
    return _rows_by_stretch(method, terms, periods, changes, years)


def portions_by_hand(terms: Terms, periods: list[Period]) -> list[Portion]:
    """Rows from the user's own instalments (principal and interest together), one for each period or for all but the last.

    The last row repays the rest; if an instalment is given for it, it must be exactly that. An instalment that does not
    cover its interest, or that is more than what is owed, raises `CannotBeMet` with the row's number.
    """
    instalments_minor = terms.instalments_minor or ()
    if len(instalments_minor) not in {len(periods), len(periods) - 1}:
        raise OutOfRange(
            f"{len(periods)} periods need as many instalments, or one fewer, not {len(instalments_minor)}",
            field="instalments_minor",
        )
    balance, rows = terms.principal_minor, []
    factors = interest_factors(terms.annual_rate, periods)
    for at, (period, (top, bottom)) in enumerate(zip(periods, factors, strict=True)):
        interest = divide(balance * top, bottom, terms.rounding)
        given = instalments_minor[at] if at < len(instalments_minor) else balance + interest
        last = at == len(periods) - 1
        if not interest <= given <= balance + interest or (last and given != balance + interest):
            raise CannotBeMet(
                f"instalment {period.number} of {given} must be "
                + (f"{balance + interest}" if last else f"between {interest} and {balance + interest}"),
                field="instalments_minor",
                number=period.number,
                interest_minor=interest,
                owed_minor=balance + interest,
            )
        rows.append(Portion(period, given - interest, interest))
        balance -= given - interest
    return rows


def defer_interest(portions: list[Portion], rows: int) -> list[Portion]:
    """Interest of the first rows is asked for with the row after them; no interest is taken on it."""
    if not rows:
        return portions
    deferred = sum(portion.interest_minor for portion in portions[:rows])
    waiting = [portion._replace(interest_minor=0) for portion in portions[:rows]]
    first = portions[rows]
    return [*waiting, first._replace(interest_minor=first.interest_minor + deferred), *portions[rows + 1 :]]


def _rows_by_stretch(
    method: str, terms: Terms, periods: list[Period], changes: Changes, years: CountYears
) -> list[Portion]:
    rows: list[Portion] = []
    balance, starts = terms.principal_minor, _divided_anew_at(periods, changes)
    for start, end in zip(starts, [*starts[1:], len(periods)], strict=True):
        balance += sum(drawing.amount_minor for drawing in _on_first_day(changes, periods[start]))
        stretch = terms._replace(
            principal_minor=balance,
            annual_rate=_rate_on(periods[start].from_on, terms, changes),
            principal_grace=max(0, terms.principal_grace - start),
        )
        planned = portions_of(method, stretch, periods[start:])[: end - start]
        for portion in planned[:-1]:
            rows.append(portion)
            balance -= portion.principal_minor
        changing = planned[-1]
        drawn = _inside(changes, changing.period)
        interest = _interest(balance, stretch, changing.period, changes, years)
        final = changing.period.number == len(periods)
        principal = _principal_of_changing_row(method, changing, interest, balance, terms.principal_grace)
        balance += sum(drawing.amount_minor for drawing in drawn)
        principal = balance if final else principal
        rows.append(Portion(changing.period, principal, interest))
        balance -= principal
    return rows


def _principal_of_changing_row(method: str, planned: Portion, interest: int, balance: int, grace: int) -> int:
    if method != "equal_instalment" or planned.period.number <= grace:
        return planned.principal_minor
    agreed = planned.principal_minor + planned.interest_minor
    return min(balance, max(0, agreed - interest))


def _bullet_row(terms: Terms, periods: list[Period], changes: Changes, years: CountYears) -> Portion:
    """Simple interest on each amount for the days it was owed, rounded once."""
    whole = portions_of("bullet", terms, periods)[0].period
    balance, exact = terms.principal_minor, Fraction(0)
    for period in periods:
        balance += sum(drawing.amount_minor for drawing in _on_first_day(changes, period))
        exact += _exact_interest(balance, terms, period, changes, years)
        balance += sum(drawing.amount_minor for drawing in _inside(changes, period))
    return Portion(whole, balance, _rounded(exact, terms.rounding))


def _interest(balance: int, terms: Terms, period: Period, changes: Changes, years: CountYears) -> int:
    return _rounded(_exact_interest(balance, terms, period, changes, years), terms.rounding)


def _exact_interest(balance: int, terms: Terms, period: Period, changes: Changes, years: CountYears) -> Fraction:
    """Balance at the period's start for all of it, each drawing inside it for what is left of it."""
    exact = balance * _growth(period.from_on, terms, period, changes, years)
    for drawing in _inside(changes, period):
        exact += drawing.amount_minor * _growth(drawing.drawn_on, terms, period, changes, years)
    return exact


def _growth(since: date, terms: Terms, period: Period, changes: Changes, years: CountYears) -> Fraction:
    """Σ rate × years from a day of the period to its end. The parts add up to the period's own fraction of a year."""
    days = [change.from_on for change in changes.rates if since < change.from_on < period.until_on]
    # From 28 February to 30 March are 32 days of 30/360, to 31 March a month of 30: no day is left then, and none owed.
    before = years(period, period.from_on, since) if since > period.from_on else Fraction(0)
    growth, left = Fraction(0), max(Fraction(0), period.years - before)
    start = since
    for day in days:
        part = min(left, years(period, start, day))
        growth += _rate_on(start, terms, changes) * part
        left -= part
        start = day
    return growth + _rate_on(start, terms, changes) * left


def _rate_on(day: date, terms: Terms, changes: Changes) -> Fraction:
    rate = terms.annual_rate
    for change in changes.rates:
        if change.from_on <= day:
            rate = change.annual_rate
    return rate


def _divided_anew_at(periods: list[Period], changes: Changes) -> list[int]:
    """Indexes of the rows at which the rest is divided anew: the first, and the first to begin on or after a change."""
    days = [change.from_on for change in changes.rates] + [drawing.drawn_on for drawing in changes.drawings]
    starts = {0}
    for day in days:
        starts.update([at for at, period in enumerate(periods) if period.from_on >= day][:1])
    return sorted(starts)


def _on_first_day(changes: Changes, period: Period) -> list[Drawing]:
    return [drawing for drawing in changes.drawings if drawing.drawn_on == period.from_on]


def _inside(changes: Changes, period: Period) -> list[Drawing]:
    return [drawing for drawing in changes.drawings if period.from_on < drawing.drawn_on < period.until_on]


def _within_term(changes: Changes, periods: list[Period]) -> None:
    first, last = periods[0].from_on, periods[-1].until_on
    for field, days in (
        ("rate_changes", [change.from_on for change in changes.rates]),
        ("drawings", [drawing.drawn_on for drawing in changes.drawings]),
    ):
        if days != sorted(days):
            raise DatesOutOfOrder(f"{field} must be in the order of their days", field=field)
        if days and not (first < days[0] and days[-1] < last):
            raise DatesOutOfOrder(f"{field} must fall within the term, after {first} and before {last}", field=field)


def _rounded(exact: Fraction, rounding: Rounding) -> int:
    return divide(exact.numerator, exact.denominator, rounding)
