"""When a debit may be made, on plain data."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.payments.channels.model import CardDetails
from services.payments.holders.model import Facts
from services.payments.mandates import errors
from services.payments.mandates.model import Factors, Mandate, MandateState, Period

MOST_TRIES = 5
SIGN_WITHIN = timedelta(days=7)
FARTHEST = timedelta(days=366)
_NOT_ACTIVE = {
    MandateState.REQUESTED: errors.MandateRequested,
    MandateState.SUSPENDED: errors.MandateSuspended,
    MandateState.REVOKED: errors.MandateRevoked,
    MandateState.EXPIRED: errors.MandateExpired,
    MandateState.REFUSED: errors.MandateRefused,
}


def bounds(day: date, period: Period) -> tuple[date, date]:
    """First and last day of the period a day is in."""
    if period is Period.DAY:
        return day, day
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if period is Period.YEAR:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def days_left(planned_on: date, retry_days: Sequence[int], today: date, valid_until: date) -> Iterator[date]:
    """The days of the retry plan that are still to come, the next one first."""
    for after in sorted(retry_days):
        day = planned_on + timedelta(days=after)
        if today < day <= valid_until:
            yield day


def agrees(given: Factors, declared: Facts, card: CardDetails) -> bool:
    """All four factors: the name with the identity and the card, the identity number, the card's mobile."""
    return (
        given.name == declared.name == card.holder_name
        and given.identity_number == declared.number
        and given.mobile == card.mobile
    )


def planned_for(mandate: Mandate, due_on: date | None, today: date) -> date:
    """Not before the notice is over. Raises BeyondValidity."""
    planned = max(due_on or today, today + timedelta(days=mandate.notice_days))
    if planned > mandate.valid_until or planned > today + FARTHEST:
        raise errors.BeyondValidity("the mandate does not reach that day", field="due_on")
    return planned


def require_chargeable(mandate: Mandate, amount: int, currency: str, today: date) -> None:
    """Raises MandateNotActive, MandateCurrencyDiffers, AmountAboveMandate."""
    if mandate.state is not MandateState.ACTIVE:
        raise _NOT_ACTIVE[mandate.state](f"the mandate is {mandate.state}")
    if today > mandate.valid_until:
        raise errors.MandateExpired("the mandate's last day has passed")
    if currency != mandate.currency:
        raise errors.MandateCurrencyDiffers(f"the mandate is for {mandate.currency}", field="currency")
    if amount > mandate.max_per_debit:
        raise errors.AmountAboveMandate(
            "the customer allows no such debit", field="amount", max_per_debit=mandate.max_per_debit
        )
