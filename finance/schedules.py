"""Repayment schedules, exact to the minor unit.

Interest of a row = balance × annual rate × the period's fraction of a year, computed exactly and rounded once. The five
methods: `equal_instalment` (等额本息), `equal_principal` (等额本金), `interest_first` (先息后本), `bullet` (一次性还本付息: one row,
simple interest over the whole term) and `flat` (interest on the original principal in every row).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from finance.calendars import Roll
from finance.errors import OutOfRange
from finance.exact import Rounding, decimal, known_rounding, minor_amount
from finance.schedule_methods import Portion, Terms, portions_of
from finance.schedule_periods import Timing, periods_of

HIGHEST_RATE = 1_000
"""100,000 % a year: a bound against nonsense, not a ceiling of law."""


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
    """The rows and what they were built from. Σ principal of the rows is exactly `principal_minor`.

    `years` is each row's fraction of a year by the day count: interest is balance × `annual_rate` × that, rounded.
    """

    method: str
    principal_minor: int
    annual_rate: Decimal
    start_on: date
    every: str | int
    day_count: str
    rows: tuple[Row, ...]
    years: tuple[Fraction, ...]
    upfront_fee_minor: int = 0

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
        """Dated flows as the lender sees them: the advance less the fee kept back, negative; then the payments."""
        advance = (self.start_on, self.upfront_fee_minor - self.principal_minor)
        return [advance, *((row.due_on, row.payment_minor) for row in self.rows)]


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
    fee_minor: int = 0,
    upfront_fee_minor: int = 0,
) -> Schedule:
    """The schedule of a loan of `principal_minor` at `annual_rate` ("0.12" is 12 % a year) over `periods` periods.

    `every` is "month", "fortnight", "week" or a number of days. On "30/360" a whole month is exactly 1/12 of a year.
    `rounding` is that of interest and of the level instalment; `level_principal` gives equal principal the same
    rounded part in every row and the rest in the last; `fee_minor` is due with every row; `upfront_fee_minor` is kept
    back from the advance. `bullet` has one row, due after `periods` periods.

    Raises `OutOfRange`, `InexactNumber`, `UnknownChoice`, `DatesOutOfOrder`, `CannotBeMet`, `CalendarUnknown`.
    """
    minor_amount(principal_minor, "principal_minor", least=1)
    minor_amount(fee_minor, "fee_minor", least=0)
    minor_amount(upfront_fee_minor, "upfront_fee_minor", least=0)
    known_rounding(rounding)
    rate = _annual_rate(annual_rate)
    timing = Timing(start_on, every, day_count, first_due_on, due_day, calendar, roll, adjust_interest)
    terms = Terms(principal_minor, Fraction(rate), rounding, level_principal)
    portions = portions_of(method, terms, periods_of(timing, periods))
    rows = _with_balances(principal_minor, portions, fee_minor)
    years = tuple(portion.period.years for portion in portions)
    return Schedule(method, principal_minor, rate, start_on, every, day_count, rows, years, upfront_fee_minor)


def _annual_rate(value: str | Decimal) -> Decimal:
    rate = decimal(value, "annual_rate")
    if not -1 <= rate <= HIGHEST_RATE:
        raise OutOfRange(f"annual_rate must be between -1 and {HIGHEST_RATE}, not {rate}", field="annual_rate")
    return rate


def _with_balances(principal_minor: int, portions: list[Portion], fee_minor: int) -> tuple[Row, ...]:
    rows, balance = [], principal_minor
    for period, principal, interest in portions:
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
    return tuple(rows)
