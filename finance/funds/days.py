"""Days of fund orders: whose net value an order gets, and when it is confirmed.

The unknown-price rule (未知价原则): an order is dealt at the net value of the business day on which it was accepted, computed
after that day's close. Funds are dealt on the exchanges' trading days ("CN_EXCHANGE"), which no weekend is, not even one of
make-up workdays. An order before the cut-off of a business day belongs to that day, one at the cut-off or later, or
on another day, to the next business day. A value already published is never dealt at.

Source: 证券投资基金法 (the price of a purchase or redemption follows from the net value of its day); cut-off and confirmation
on T+1, T+2 for funds that invest abroad, by prospectus.
"""

from datetime import date, time

from finance.calendars import add_business_days, is_business_day, next_business_day
from finance.errors import InexactNumber
from finance.exact import integer, plain_day, shown

CUT_OFF = time(15)
LONGEST_CONFIRMATION = 30


def pricing_day(ordered_on: date, ordered_at: time, *, cut_off: time = CUT_OFF, calendar: str = "CN_EXCHANGE") -> date:
    """The business day (T) whose net value the order gets; both times are local ones of the market."""
    plain_day(ordered_on, "ordered_on")
    _require_local(ordered_at, "ordered_at")
    _require_local(cut_off, "cut_off")
    if is_business_day(ordered_on, calendar) and ordered_at < cut_off:
        return ordered_on
    return next_business_day(ordered_on, calendar)


def confirmation_day(priced_on: date, *, after_days: int = 1, calendar: str = "CN_EXCHANGE") -> date:
    """The day on which the registrar confirms an order of day T: T + `after_days` business days."""
    integer(after_days, "after_days", least=0, most=LONGEST_CONFIRMATION)
    return add_business_days(plain_day(priced_on, "priced_on"), after_days, calendar)


def _require_local(value: time, field: str) -> None:
    """A time of another zone would silently compare by its digits, or not at all."""
    if not isinstance(value, time) or value.tzinfo is not None:
        raise InexactNumber(f"{field} must be a time of day without a zone, not {shown(value)}", field=field)
