"""Interest on money that is late, and days on which interest is forgiven."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from finance.accrual import simple_daily_interest
from finance.errors import DatesOutOfOrder, OutOfRange, UnknownChoice
from finance.exact import Rounding, fraction, integer, known_rounding, rounded
from finance.repayment import Due

LateBase = Literal["principal", "principal_and_interest", "everything"]


@dataclass(frozen=True, slots=True)
class LateRule:
    """How lateness costs.

    `daily_rate` on `base` of what is overdue ("principal", "principal_and_interest", or "everything" with fees; never
    interest on late interest). Within `grace_days` after the due day nothing is charged; after them interest counts from the
    due day, or with `grace_is_free` from the end of the grace. `cap_share` bounds the whole late interest of a row by a
    share of its base: Decimal("0.5") is half of it.
    """

    daily_rate: Decimal
    base: LateBase = "principal"
    grace_days: int = 0
    grace_is_free: bool = False
    cap_share: Decimal | None = None
    rounding: Rounding = "half_up"

    def __post_init__(self) -> None:
        if self.base not in {"principal", "principal_and_interest", "everything"}:
            raise UnknownChoice(f"unknown base {self.base!r}", field="base")
        integer(self.grace_days, "grace_days", least=0, most=366)
        simple_daily_interest(0, self.daily_rate, 0)
        known_rounding(self.rounding)
        if self.cap_share is not None and fraction(self.cap_share, "cap_share") < 0:
            raise OutOfRange("cap_share must not be negative", field="cap_share")


def late_days(due_on: date, on: date, rule: LateRule) -> int:
    """Days charged for a row due on `due_on` that is still unpaid on `on`; the due day itself costs nothing."""
    late = (on - due_on).days
    if late <= rule.grace_days:
        return 0
    return late - rule.grace_days if rule.grace_is_free else late


def late_interest_minor(due: Due, on: date, rule: LateRule) -> int:
    """Late interest of one unpaid row up to a day, in minor units: base × daily rate × days, capped, rounded once."""
    base = _base(due, rule.base)
    owed = rounded(simple_daily_interest(base, rule.daily_rate, late_days(due.due_on, on, rule)), rule.rounding)
    if rule.cap_share is None:
        return owed
    return min(owed, rounded(base * fraction(rule.cap_share, "cap_share"), "floor"))


def charged_days(from_on: date, to_on: date, free: Sequence[tuple[date, date]] = ()) -> int:
    """Days from one to the other on which interest counts: all but those within interest-free windows.

    A window is a pair (first free day, first day that counts again); windows may overlap.
    """
    if to_on < from_on:
        raise DatesOutOfOrder(f"{to_on} is before {from_on}", field="to_on")
    counted, day = 0, from_on
    for start, end in sorted(free):
        if end < start:
            raise DatesOutOfOrder(f"a free window ends on {end}, before {start}", field="free")
        counted += max(0, (min(start, to_on) - day).days)
        day = max(day, min(end, to_on))
    return counted + (to_on - day).days


def _base(due: Due, base: LateBase) -> int:
    if base == "principal":
        return due.principal_minor
    if base == "principal_and_interest":
        return due.principal_minor + due.interest_minor
    return due.principal_minor + due.interest_minor + due.fee_minor
