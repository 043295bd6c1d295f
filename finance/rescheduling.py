"""A schedule after something happened to it: renegotiated terms, money paid ahead of time.

Rows already due stay as they are; the rest is built anew from what is owed, so that every rule of `finance.schedules` holds
for it too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, Literal

from finance.errors import CannotBeMet, DatesOutOfOrder, OutOfRange, UnknownChoice
from finance.exact import Exact, fraction, integer, minor_amount, of_kind, plain_day, rounded, shown
from finance.schedule_changes import RateChange
from finance.schedule_periods import LARGEST_PERIODS, anchor_day, part_of_period
from finance.schedules import Row, Schedule, build


@dataclass(frozen=True, slots=True)
class Prepayment:
    """What a payment ahead of time does. `schedule` is None when it settles the loan.

    `interest_minor` runs from the last due day to the day of payment; payment = principal + interest + fee.
    """

    paid_on: date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    schedule: Schedule | None

    @property
    def payment_minor(self) -> int:
        return self.principal_minor + self.interest_minor + self.fee_minor


def reschedule(
    schedule: Schedule,
    from_on: date,
    *,
    annual_rate: str | Decimal | None = None,
    periods: int | None = None,
    method: str | None = None,
    first_due_on: date | None = None,
    instalment_minor: int | None = None,
) -> Schedule:
    """The schedule with its terms renegotiated from a day on.

    Rows due up to `from_on` stay. What is owed after them is divided anew over `periods` more rows (as many as were left,
    if not given), due from the next due day or from `first_due_on`. Interest runs on from the last row kept, at the old
    rate until `from_on`; an instalment agreed before must be given again.

    Raises `DatesOutOfOrder` if nothing is left, `CannotBeMet` for what cannot be continued.
    """
    cut = _cut(schedule, from_on, "from_on")
    if periods is not None:
        integer(periods, "periods", least=1, most=LARGEST_PERIODS)
    new_rate: str | Decimal = cut.rate if annual_rate is None else annual_rate
    count = len(cut.left) if periods is None else periods
    changes_midway = from_on > cut.restart_on and annual_rate is not None
    rest = build(
        cut.owed_minor,
        cut.rate if changes_midway else new_rate,
        count,
        method=method or schedule.method,
        start_on=cut.restart_on,
        instalment_minor=instalment_minor,
        rate_changes=[(from_on, new_rate)] if changes_midway else (),
        **_same_options(schedule, cut, first_due_on, count),
    )
    return _joined(schedule, cut.kept, rest)


def prepay(
    schedule: Schedule,
    paid_on: date,
    principal_minor: int,
    *,
    keep: Literal["instalment", "term"] = "term",
    fee_rate: Exact = 0,
    most_fee_minor: int | None = None,
) -> Prepayment:
    """Part or all of the principal paid ahead of time, with the interest to that day and a fee on the principal, at most so much.

    `keep="term"` lowers the instalments, `keep="instalment"` lets the loan end sooner: equal instalments stay what they
    were, equal principal takes as few rows as do with no more of it in each. Other methods have no instalment to keep. Rows
    due up to `paid_on` must have been paid. The whole principal settles the loan. Raises `CannotBeMet` beyond what is owed.
    """
    if keep not in ("instalment", "term"):
        raise UnknownChoice(f"keep must be instalment or term, not {shown(keep)}", field="keep")
    cut = _cut(schedule, paid_on, "paid_on")
    minor_amount(principal_minor, "principal_minor", least=1)
    if principal_minor > cut.owed_minor:
        raise CannotBeMet(
            f"{principal_minor} is more than the {cut.owed_minor} owed",
            field="principal_minor",
            owed_minor=cut.owed_minor,
        )
    years = _years_to(schedule, cut, paid_on)
    interest = rounded(cut.owed_minor * Fraction(cut.rate) * years, schedule.rounding)
    settled = Prepayment(
        paid_on, principal_minor, interest, _fee(schedule, principal_minor, fee_rate, most_fee_minor), None
    )
    if principal_minor == cut.owed_minor:
        return settled
    left_minor = cut.owed_minor - principal_minor
    count, instalment = _shorter(schedule, cut, left_minor) if keep == "instalment" else (len(cut.left), None)
    rest = build(
        left_minor,
        cut.rate,
        count,
        method=schedule.method,
        start_on=max(paid_on, cut.restart_on),
        instalment_minor=instalment,
        **_same_options(schedule, cut, None, count),
    )
    return replace(settled, schedule=_joined(schedule, (*cut.kept, _paid_row(settled, cut)), rest, years))


def _fee(schedule: Schedule, principal_minor: int, fee_rate: Exact, most_minor: int | None) -> int:
    share = fraction(fee_rate, "fee_rate")
    if share < 0:
        raise OutOfRange(f"fee_rate must not be negative, not {shown(fee_rate)}", field="fee_rate")
    fee = minor_amount(rounded(principal_minor * share, schedule.rounding), "fee_rate")
    return fee if most_minor is None else min(fee, minor_amount(most_minor, "most_fee_minor", least=0))


def _paid_row(paid: Prepayment, cut: "_Cut") -> Row:
    """The payment ahead of time as a row of the schedule."""
    since = min(cut.restart_on, paid.paid_on)
    return Row(
        cut.last_number + 1,
        since,
        paid.paid_on,
        (paid.paid_on - since).days,
        paid.principal_minor,
        paid.interest_minor,
        paid.fee_minor,
        paid.payment_minor,
        cut.owed_minor - paid.principal_minor,
    )


def rows_ended(schedule: Schedule, day: date) -> int:
    """How many rows are due by a day, or have no interest left to run: those whose due day only a holiday moved on."""
    return sum(1 for row in schedule.rows if min(row.due_on, _end(row)) <= day)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A schedule cut at a day: rows due by then, the others, what is owed between them and the rate that holds there."""

    kept: tuple[Row, ...]
    left: tuple[Row, ...]
    owed_minor: int
    rate: Decimal

    @property
    def last_number(self) -> int:
        return self.kept[-1].number if self.kept else 0

    @property
    def restart_on(self) -> date:
        return self.left[0].from_on

    @property
    def next_due_on(self) -> date:
        """The next due day before any roll."""
        return _end(self.left[0])


def _end(row: Row) -> date:
    """The day to which a row's interest runs: its due day before any roll."""
    return row.from_on + timedelta(days=row.days)


def _cut(schedule: Schedule, day: date, field: str) -> _Cut:
    of_kind(schedule, Schedule, "schedule")
    if schedule.method == "flat":
        raise CannotBeMet(
            "flat interest does not follow the balance, so it is built anew, not continued", field="schedule"
        )
    if schedule.terms.instalments_minor is not None:
        raise CannotBeMet("instalments by hand are given anew by hand", field="schedule")
    plain_day(day, field)
    ended = rows_ended(schedule, day)
    kept, left = schedule.rows[:ended], schedule.rows[ended:]
    if day < schedule.start_on or not left:
        raise DatesOutOfOrder(f"no row of the schedule is still to come on {day}", field=field)
    owed = kept[-1].balance_minor if kept else schedule.principal_minor
    if owed == 0:
        raise DatesOutOfOrder(f"nothing is owed on {day}", field=field)
    if schedule.terms.interest_grace and left[0].number <= schedule.terms.interest_grace + 1:
        raise CannotBeMet("interest put off by the grace is still to be asked for", field="schedule")
    if any(drawing.drawn_on >= left[0].from_on for drawing in schedule.changes.drawings):
        raise CannotBeMet("money is still to be drawn; build the rest anew", field="schedule")
    rate = Fraction(schedule.annual_rate)
    for change in schedule.changes.rates:
        if change.from_on > left[0].from_on:
            raise CannotBeMet("a rate change is still to come; build the rest anew", field="schedule")
        rate = change.annual_rate
    with localcontext(prec=200):
        # Rates enter as decimals, so this division ends.
        return _Cut(kept, left, owed, Decimal(rate.numerator) / rate.denominator)


def _years_to(schedule: Schedule, cut: _Cut, day: date) -> Fraction:
    """Years of interest from the last row kept; none where that was paid for a later day, as its due day was moved."""
    if day <= cut.restart_on:
        return Fraction(0)
    row, years = cut.left[0], schedule.years[len(cut.kept)]
    return part_of_period(schedule.day_count, (row.from_on, _end(row)), years, cut.restart_on, day)


def _shorter(schedule: Schedule, cut: _Cut, left_minor: int) -> tuple[int, int | None]:
    """Rows and, for equal instalments, the instalment of a loan that keeps what its rows ask for."""
    waiting = [row for row in cut.left if row.number <= schedule.terms.principal_grace]
    first = cut.left[len(waiting)]
    if schedule.method == "equal_instalment":
        return len(cut.left), first.principal_minor + first.interest_minor
    if schedule.method == "equal_principal":
        return min(len(cut.left), len(waiting) - (-left_minor // max(1, first.principal_minor))), None
    raise CannotBeMet(f"{schedule.method} has no instalment to keep", field="keep")


def _same_options(schedule: Schedule, cut: _Cut, first_due_on: date | None, periods: int) -> dict[str, Any]:
    """What the rest has in common with the schedule: its calendar, rounding, fee and what is left of the grace."""
    timing = schedule.timing
    monthly = timing.every == "month" and first_due_on is None and schedule.method != "bullet"
    return {
        "every": timing.every,
        "day_count": timing.day_count,
        "first_due_on": first_due_on or cut.next_due_on,
        "due_day": anchor_day(timing) if monthly else None,
        "calendar": timing.calendar,
        "roll": timing.roll,
        "adjust_interest": timing.adjust_interest,
        "rounding": schedule.rounding,
        "level_principal": schedule.terms.level_principal,
        "principal_grace": min(periods - 1, max(0, schedule.terms.principal_grace - cut.last_number)),
        "fee_minor": cut.left[0].fee_minor,
    }


def _joined(schedule: Schedule, kept: tuple[Row, ...], rest: Schedule, *years: Fraction) -> Schedule:
    """Rows kept and rows built anew, numbered through; the schedule's start, principal and first rate stay.

    What governs the rows to come is noted as if it had been agreed so: due day, end of the grace, the rate from then on.
    """
    first = kept[-1].number + 1 if kept else 1
    grace = first - 1 + rest.terms.principal_grace if rest.terms.principal_grace else 0
    rates = [*schedule.changes.rates, RateChange(rest.start_on, Fraction(rest.annual_rate)), *rest.changes.rates]
    later = tuple(row._replace(number=first + at) for at, row in enumerate(rest.rows))
    all_years = (*schedule.years[: len(kept) - len(years)], *years, *rest.years)
    return replace(
        schedule,
        method=rest.method,
        timing=replace(rest.timing, start_on=schedule.start_on),
        terms=schedule.terms._replace(principal_grace=grace),
        changes=schedule.changes._replace(rates=_that_change(Fraction(schedule.annual_rate), rates)),
        rows=(*kept, *later),
        years=all_years,
    )


def _that_change(rate: Fraction, changes: Iterable[RateChange]) -> tuple[RateChange, ...]:
    """The changes without those to the rate that holds already."""
    kept = []
    for change in changes:
        if change.annual_rate != rate:
            kept.append(change)
            rate = change.annual_rate
    return tuple(kept)
