"""The states of a limit, how high it is, and what the law lets it cost.

| state | event | by | to |
|---|---|---|---|
| approved | accept | its owner, with a line | accepted |
| approved | lapse | time | lapsed |
| approved | supersede | a newer decision about the shop | superseded |

Every other state is final.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from finance.currencies import scale_of
from finance.rate_ceilings import CeilingCheck, check_offer
from finance.rate_ceilings_cn import CHINA
from finance.schedules import build
from services.ecommerce_credit.errors import NotAllowedInState
from services.ecommerce_credit.limits import terms
from services.ecommerce_credit.limits.model import Features, Limit, LimitEvent, LimitState

DAYS_A_YEAR = 365
TRANSITIONS: Mapping[tuple[LimitState, LimitEvent], LimitState] = {
    (LimitState.APPROVED, LimitEvent.ACCEPT): LimitState.ACCEPTED,
    (LimitState.APPROVED, LimitEvent.LAPSE): LimitState.LAPSED,
    (LimitState.APPROVED, LimitEvent.SUPERSEDE): LimitState.SUPERSEDED,
}


def next_state(limit: Limit, event: LimitEvent) -> LimitState:
    """Where the event takes the limit. Raises NotAllowedInState."""
    state = TRANSITIONS.get((limit.state, event))
    if state is None:
        raise NotAllowedInState(f"a limit that is {limit.state} cannot {event}", state=limit.state.value)
    return state


def limit_of(grade: str, features: Features, currency: str, limits_elsewhere_minor: int) -> int:
    """Most the shop may owe, in whole steps; 0 if that is less than the least. elsewhere: of its owner's other lines."""
    unit = 10 ** scale_of(currency)
    by_sales = int(terms.TERMS[grade].share_of_sales * features.average_monthly_sales_minor)
    room = min(by_sales, terms.LARGEST_TO_ONE_OWNER * unit - limits_elsewhere_minor)
    limit = max(0, room) // (terms.STEP * unit) * (terms.STEP * unit)
    return limit if limit >= terms.LEAST_LIMIT * unit else 0


def least_drawing(currency: str) -> int:
    return terms.LEAST_DRAWING * int(10 ** scale_of(currency))


def ceiling_on(day: date, amount_minor: int, daily_rate: Decimal, lender: str) -> CeilingCheck:
    """A drawing of the whole amount, kept to its last day and paid late, against the statutory ceiling of the day.

    Interest of the term is paid with the principal at its end; a late day costs what every day costs. There are no fees.
    """
    schedule = build(
        amount_minor,
        daily_rate * DAYS_A_YEAR,
        terms.TERM_MONTHS,
        method="bullet",
        start_on=day,
        day_count="ACT/365",
    )
    return check_offer(schedule, day, table=CHINA, lender=lender, late_daily_rate=daily_rate)
