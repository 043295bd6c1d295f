"""Interest on money that is late.

Of one row that stays unpaid; `finance.servicing` has it over payments in part and payments reversed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from finance.accrual import simple_daily_interest
from finance.errors import OutOfRange, UnknownChoice
from finance.exact import Rounding, fraction, integer, known_rounding, minor_amount, of_kind, plain_day, rounded, shown
from finance.free_days import FreeDays
from finance.repayment import Due

LateBase = Literal["principal", "principal_and_interest", "everything"]


@dataclass(frozen=True, slots=True)
class LateRule:
    """How lateness costs.

    `daily_rate` on `base` of what is overdue ("principal", "principal_and_interest", or "everything" with fees; never
    interest on late interest). Within `grace_days` after the due day nothing is charged; after them interest counts from the
    due day, or with `grace_is_free` from the end of the grace. `cap_share` bounds the whole late interest of a row by a
    share of its base: Decimal("0.5") is half of it. `stops_after_days`: while the loan's oldest unpaid row is longer past due than
    that, no row grows; `finance.servicing` knows which that is.
    """

    daily_rate: Decimal
    base: LateBase = "principal"
    grace_days: int = 0
    grace_is_free: bool = False
    cap_share: Decimal | None = None
    rounding: Rounding = "half_up"
    stops_after_days: int | None = None

    def __post_init__(self) -> None:
        of_kind(self.grace_is_free, bool, "grace_is_free")
        if self.base not in get_args(LateBase):
            raise UnknownChoice(
                f"base must be one of {', '.join(get_args(LateBase))}, not {shown(self.base)}", field="base"
            )
        integer(self.grace_days, "grace_days", least=0, most=366)
        simple_daily_interest(0, self.daily_rate, 0)
        known_rounding(self.rounding)
        if self.stops_after_days is not None:
            integer(self.stops_after_days, "stops_after_days", least=0, most=36_600)
        if self.cap_share is not None and fraction(self.cap_share, "cap_share") < 0:
            raise OutOfRange("cap_share must not be negative", field="cap_share")


def late_days(due_on: date, on: date, rule: LateRule, free: Iterable[tuple[date, date]] = ()) -> int:
    """Days charged for a row due on `due_on` that is still unpaid on `on`; the due day itself costs nothing.

    Days in a window of `free` (first free day, first day that counts again) are forgiven, whatever the grace.
    """
    of_kind(rule, LateRule, "rule")
    plain_day(due_on, "due_on")
    if (plain_day(on, "on") - due_on).days <= rule.grace_days:
        return 0
    return FreeDays.of(free).charged(first_late_day(due_on, rule), on.toordinal() + 1)


def first_late_day(due_on: date, rule: LateRule) -> int:
    """The ordinal of the first day that costs, once the grace has passed."""
    return due_on.toordinal() + 1 + (rule.grace_days if rule.grace_is_free else 0)


def late_interest_minor(due: Due, on: date, rule: LateRule, free: Iterable[tuple[date, date]] = ()) -> int:
    """Late interest of one unpaid row up to a day, in minor units: base × daily rate × days, capped, rounded once."""
    of_kind(rule, LateRule, "rule")
    base = minor_amount(late_base(of_kind(due, Due, "due"), rule.base), "due", least=0)
    return charged_late(base * late_days(due.due_on, on, rule, free), base, rule)


def charged_late(weighted: int, base: int, rule: LateRule) -> int:
    """Late interest of minor units × days, at most the rule's share of the base; rounded once."""
    owed = rounded(weighted * fraction(rule.daily_rate, "daily_rate"), rule.rounding)
    if rule.cap_share is None:
        return owed
    return min(owed, rounded(base * fraction(rule.cap_share, "cap_share"), "floor"))


def late_base(due: Due, base: LateBase) -> int:
    """What of a row late interest is reckoned on, in minor units."""
    if base == "principal":
        return due.principal_minor
    if base == "principal_and_interest":
        return due.principal_minor + due.interest_minor
    return due.principal_minor + due.interest_minor + due.fee_minor
