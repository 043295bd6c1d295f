"""Repayment schedules, exact to the minor unit.

Interest of a row = balance × annual rate × the period's fraction of a year, computed exactly and rounded once. The five
methods: `equal_instalment` (等额本息), `equal_principal` (等额本金), `interest_first` (先息后本), `bullet` (一次性还本付息: one row,
simple interest over the whole term) and `flat` (interest on the original principal in every row).

What `build` takes besides principal, rate and number of periods:

* when: `every` is "month", "fortnight", "week" or a number of days; `first_due_on`, `due_day`, `calendar`, `roll` and
  `adjust_interest` as in `Timing`. On "30/360" a whole month is exactly 1/12 of a year.
* how much: `rounding` is that of interest and of the level instalment. `level_principal` gives equal principal the same
  rounded part in every row and the rest in the last. The first `principal_grace` rows repay nothing; the interest of the
  first `interest_grace` of them is asked for with the row after, without interest on it. `instalment_minor` is an agreed
  level instalment (fewer rows if it is large), `instalments_minor` one for each row, or for all but the last.
  `down_payment_minor` is paid on the first day as row 0. `fee_minor` is due with every other row; `upfront_fee_minor` is
  kept back from the advance.
* changes: `rate_changes` are pairs (from day, yearly rate), `drawings` pairs (day, minor units); how the rest is divided
  anew says `finance.schedule_changes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, cast

from finance.calendars import Roll
from finance.daycount import usual_name
from finance.errors import CannotBeMet, OutOfRange
from finance.exact import (
    LARGEST_AMOUNT,
    Rounding,
    decimal,
    integer,
    known_rounding,
    listed,
    minor_amount,
    of_kind,
    pairs,
)
from finance.schedule_changes import (
    LARGEST_CHANGES,
    NO_CHANGES,
    Changes,
    Drawing,
    RateChange,
    defer_interest,
    portions_by_hand,
    portions_with_changes,
)
from finance.schedule_methods import Portion, Terms, portions_of
from finance.schedule_periods import LARGEST_PERIODS, Period, Timing, periods_of

HIGHEST_RATE = 1_000
"""100,000 % a year: a bound against nonsense, not a ceiling of law."""
MOST_RATE_PLACES = 20
"""Decimal places of a yearly rate: exact instalments of thousands of rows grow with each."""


class Row(NamedTuple):
    """One due payment. Amounts in minor units; `days` are calendar days of interest; `balance_minor` is owed after it."""

    number: int
    from_on: date
    due_on: date
    days: int
    principal_minor: int
    interest_minor: int
    fee_minor: int
    payment_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rows and what they were built from. Σ principal of the rows is exactly `principal_minor` and every drawing.

    `years` is each row's fraction of a year by the day count: interest is balance × `annual_rate` × that, rounded.
    `annual_rate` is the one at the start.
    """

    method: str
    principal_minor: int
    annual_rate: Decimal
    timing: Timing
    terms: Terms
    rows: tuple[Row, ...]
    years: tuple[Fraction, ...]
    upfront_fee_minor: int = 0
    changes: Changes = NO_CHANGES

    @property
    def rounding(self) -> Rounding:
        return self.terms.rounding

    @property
    def start_on(self) -> date:
        return self.timing.start_on

    @property
    def every(self) -> str | int:
        return self.timing.every

    @property
    def day_count(self) -> str:
        return self.timing.day_count

    @property
    def interest_minor(self) -> int:
        return sum(row.interest_minor for row in self.rows)

    @property
    def fee_minor(self) -> int:
        """Every fee: up front and per row."""
        return self.upfront_fee_minor + sum(row.fee_minor for row in self.rows)

    @property
    def payment_minor(self) -> int:
        """What the rows ask for in all; a fee up front is kept back from the advance and not in it."""
        return sum(row.payment_minor for row in self.rows)

    def flows(self) -> list[tuple[date, int]]:
        """Dated flows as the lender sees them: advances less the fee kept back, negative; then the payments."""
        advance = (self.start_on, self.upfront_fee_minor - self.principal_minor)
        drawn = [(drawing.drawn_on, -drawing.amount_minor) for drawing in self.changes.drawings]
        return [advance, *drawn, *((row.due_on, row.payment_minor) for row in self.rows)]


def build(
    principal_minor: int,
    annual_rate: str | Decimal,
    periods: int,
    *,
    method: str = "equal_instalment",
    start_on: date,
    every: str | int = "month",
    day_count: str = "30/360",
    first_due_on: date | None = None,
    due_day: int | None = None,
    calendar: str = "none",
    roll: Roll = "none",
    adjust_interest: bool = False,
    rounding: Rounding = "half_up",
    level_principal: bool = False,
    principal_grace: int = 0,
    interest_grace: int = 0,
    instalment_minor: int | None = None,
    instalments_minor: Sequence[int] | None = None,
    down_payment_minor: int = 0,
    fee_minor: int = 0,
    upfront_fee_minor: int = 0,
    rate_changes: Sequence[tuple[date, str | Decimal]] = (),
    drawings: Sequence[tuple[date, int]] = (),
) -> Schedule:
    """The schedule of `principal_minor` at `annual_rate` ("0.12" is 12 % a year) over `periods`; options: see above.

    Raises `OutOfRange`, `InexactNumber`, `UnknownChoice`, `DatesOutOfOrder`, `CannotBeMet`, `CalendarUnknown`.
    """
    minor_amount(principal_minor, "principal_minor", least=1)
    integer(down_payment_minor, "down_payment_minor", least=0, most=principal_minor - 1)
    minor_amount(fee_minor, "fee_minor", least=0)
    minor_amount(upfront_fee_minor, "upfront_fee_minor", least=0)
    rate = _annual_rate(annual_rate, "annual_rate")
    day_count = usual_name(day_count, "day_count")
    of_kind(adjust_interest, bool, "adjust_interest")
    of_kind(level_principal, bool, "level_principal")
    timing = Timing(start_on, every, day_count, first_due_on, due_day, calendar, roll, adjust_interest)
    spans = periods_of(timing, periods)
    integer(principal_grace, "principal_grace", least=0, most=periods - 1)
    integer(interest_grace, "interest_grace", least=0, most=principal_grace)
    financed = principal_minor - down_payment_minor
    terms = Terms(
        financed,
        Fraction(rate),
        known_rounding(rounding),
        level_principal,
        principal_grace,
        interest_grace,
        _agreed(instalment_minor),
        _by_hand(instalments_minor),
    )
    changes = _changes(rate_changes, drawings)
    portions = defer_interest(_portions(method, terms, spans, changes, day_count), interest_grace)
    rows = _rows(financed, portions, fee_minor, changes.drawings)
    years = tuple(portion.period.years for portion in portions)
    if down_payment_minor:
        rows, years = (_down_payment(start_on, down_payment_minor, financed), *rows), (Fraction(0), *years)
    return Schedule(method, principal_minor, rate, timing, terms, rows, years, upfront_fee_minor, changes)


def _portions(method: str, terms: Terms, periods: list[Period], changes: Changes, day_count: str) -> list[Portion]:
    changing = bool(changes.rates or changes.drawings)
    by_hand = terms.instalments_minor is not None
    if (terms.instalment_minor is not None or by_hand) and (
        method != "equal_instalment" or changing or (by_hand and terms.principal_grace)
    ):
        field = "instalments_minor" if by_hand else "instalment_minor"
        raise CannotBeMet(f"{field} goes with equal_instalment and with terms that stay", field=field)
    if method == "bullet" and terms.principal_grace:
        raise CannotBeMet("a bullet loan has no rows to wait with", field="principal_grace")
    if by_hand:
        return portions_by_hand(terms, periods)
    if changing:
        return portions_with_changes(method, terms, periods, changes, day_count)
    return portions_of(method, terms, periods)


def _rows(financed: int, portions: list[Portion], fee_minor: int, drawings: Sequence[Drawing]) -> tuple[Row, ...]:
    rows, balance, waiting = [], financed, list(drawings)
    for period, principal, interest in portions:
        # Money drawn on a due day belongs to the next period: that day's balance is the one before it.
        while waiting and waiting[0].drawn_on < period.until_on:
            balance += waiting.pop(0).amount_minor
        balance -= principal
        payment = principal + interest + fee_minor
        rows.append(
            Row(
                period.number,
                period.from_on,
                period.due_on,
                period.days,
                principal,
                interest,
                fee_minor,
                payment,
                balance,
            )
        )
    if max(row.payment_minor for row in rows) > LARGEST_AMOUNT:
        raise OutOfRange("a payment would be more than an amount can be", field="annual_rate")
    return tuple(rows)


def _down_payment(start_on: date, amount_minor: int, financed: int) -> Row:
    return Row(0, start_on, start_on, 0, amount_minor, 0, 0, amount_minor, financed)


def _annual_rate(value: str | Decimal, field: str) -> Decimal:
    rate = decimal(value, field)
    if not -1 <= rate <= HIGHEST_RATE:
        raise OutOfRange(f"{field} must be between -1 and {HIGHEST_RATE}, not {rate}", field=field)
    if cast(int, rate.as_tuple().exponent) < -MOST_RATE_PLACES:
        raise OutOfRange(f"{field} has more than {MOST_RATE_PLACES} decimal places", field=field)
    return rate


def _agreed(instalment_minor: int | None) -> int | None:
    return None if instalment_minor is None else minor_amount(instalment_minor, "instalment_minor", least=1)


def _by_hand(instalments_minor: Sequence[int] | None) -> tuple[int, ...] | None:
    if instalments_minor is None:
        return None
    given = listed(instalments_minor, "instalments_minor", most=LARGEST_PERIODS)
    return tuple(minor_amount(instalment, "instalments_minor", least=0) for instalment in given)


def _changes(rate_changes: Sequence[tuple[date, str | Decimal]], drawings: Sequence[tuple[date, int]]) -> Changes:
    rates = pairs(rate_changes, "rate_changes", most=LARGEST_CHANGES)
    drawn = pairs(drawings, "drawings", most=LARGEST_CHANGES)
    return Changes(
        tuple(RateChange(day, Fraction(_annual_rate(rate, "rate_changes"))) for day, rate in rates),
        tuple(Drawing(day, minor_amount(amount, "drawings", least=1)) for day, amount in drawn),
    )
