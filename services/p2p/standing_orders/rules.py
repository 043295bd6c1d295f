"""The states of a standing order, what its terms must satisfy, and what keeps it from a listing.

| state | event | by | to |
|---|---|---|---|
| opening | activate | payments told her wallet | active |
| opening | end | payments refused; the lender; time | ended |
| active | pause | the lender; three holds refused in a row | paused |
| active | end | the lender; time | ended |
| paused | resume | the lender | active, at the tail of the queue |
| paused | end | the lender; time | ended |

ended is final; every other state ends by itself at `expires_at`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from services.p2p.errors import NotAllowedInState
from services.p2p.programmes.model import Origination, Programme, RateFormation
from services.p2p.standing_orders.errors import ContradictoryBounds, ExpiryNotAllowed
from services.p2p.standing_orders.model import (
    Bounds,
    Criteria,
    OrderEvent,
    OrderState,
    ResaleWish,
    StandingOrder,
    Wanted,
)

MOST_ORDERS = 20
"""Of one lender, alive."""
REFUSALS_ALLOWED = 3
"""Holds refused in a row, after which an order is paused."""
LONGEST_DAYS = 3 * 365
DEFAULT_DAYS = 365

TRANSITIONS: Mapping[tuple[OrderState, OrderEvent], OrderState] = {
    (OrderState.OPENING, OrderEvent.ACTIVATE): OrderState.ACTIVE,
    (OrderState.OPENING, OrderEvent.END): OrderState.ENDED,
    (OrderState.ACTIVE, OrderEvent.PAUSE): OrderState.PAUSED,
    (OrderState.ACTIVE, OrderEvent.END): OrderState.ENDED,
    (OrderState.PAUSED, OrderEvent.RESUME): OrderState.ACTIVE,
    (OrderState.PAUSED, OrderEvent.END): OrderState.ENDED,
}
Told = tuple[str, str]
"""The field, and what is wrong with it."""


def next_state(order: StandingOrder, event: OrderEvent) -> OrderState:
    """Where the event takes the order. Raises NotAllowedInState."""
    state = TRANSITIONS.get((order.state, event))
    if state is None:
        raise NotAllowedInState(f"a standing order that is {order.state} cannot {event}", state=order.state.value)
    return state


def require_possible(
    criteria: Criteria, bounds: Bounds, programmes: Mapping[str, Programme], resale: ResaleWish | None = None
) -> None:
    """programmes: those in force by code. Raises ContradictoryBounds with everything that cannot stand side by side."""
    found = [*_amounts(bounds), *_criteria(criteria, programmes), *_resale(resale, criteria, programmes)]
    if found:
        listed = [{"field": name, "detail": detail} for name, detail in found]
        raise ContradictoryBounds("it could never be filled", field=found[0][0], contradictions=listed)


def _amounts(bounds: Bounds) -> Iterator[Told]:
    if bounds.least_minor > bounds.most_minor:
        yield "least_amount", "is above most_amount"
    if bounds.least_minor > bounds.budget_minor:
        yield "budget", "is below least_amount"
    if not 0 < bounds.share_cap <= 1:
        yield "share_cap", "is above 0 and at most 1"


def _criteria(criteria: Criteria, programmes: Mapping[str, Programme]) -> Iterator[Told]:
    for code in criteria.programmes:
        programme = programmes.get(code)
        if programme is None:
            yield "programmes", f"there is no programme {code}"
            continue
        if not takes_orders(programme):
            yield "programmes", f"{code} takes no standing orders"
        if programme.currency != criteria.currency:
            yield "currency", f"{code} lends in {programme.currency}"
        if criteria.lowest_rate > _highest_rate(programme, criteria):
            yield "lowest_rate", f"is above every rate of {code}"
        if not set(criteria.grades) & set(programme.grades):
            yield "grades", f"none is eligible in {code}"
        if not set(criteria.terms_months) & set(programme.terms_months):
            yield "terms_months", f"none is offered in {code}"


def _resale(wish: ResaleWish | None, criteria: Criteria, programmes: Mapping[str, Programme]) -> Iterator[Told]:
    if wish is None:
        return
    if wish.least_price > wish.largest_price:
        yield "resale", "least_price is above largest_price"
    terms = [programmes[code].resale for code in criteria.programmes if code in programmes]
    if not any(terms):
        yield "resale", "claims of none of the programmes are resold"
    elif not any(
        one and one.least_price <= wish.largest_price and wish.least_price <= one.largest_price for one in terms
    ):
        yield "resale", "no programme lets claims be sold at these prices"


def _highest_rate(programme: Programme, criteria: Criteria) -> Decimal:
    if programme.rate_formation is not RateFormation.BY_GRADE:
        return programme.highest_rate
    rates = [rate for grade, rate in programme.rates_by_grade.items() if grade in criteria.grades]
    return max(rates, default=programme.highest_rate)


def takes_orders(programme: Programme) -> bool:
    """Not where the rate is bid for, nor where a first lender lends all of it."""
    by_bids = programme.rate_formation is RateFormation.REVERSE_AUCTION
    return programme.standing_orders and not by_bids and Origination.FIRST_LENDER not in programme.origination


def takes_plans(programme: Programme) -> bool:
    """One leaves a plan by the sale of its claims: it has none that nobody may buy. The version that a loan is made under decides."""
    return programme.plans and programme.resale is not None


def expiry_of(now: datetime, wanted: datetime | None) -> datetime:
    """Raises ExpiryNotAllowed."""
    if wanted is None:
        return now + timedelta(days=DEFAULT_DAYS)
    if not now < wanted <= now + timedelta(days=LONGEST_DAYS):
        raise ExpiryNotAllowed(f"it ends after now and within {LONGEST_DAYS} days", field="expires_at")
    return wanted


def obstacles(order: StandingOrder, wanted: Wanted) -> list[str]:
    """What keeps an order from a listing, by code; empty if it is to be asked."""
    criteria, bounds = order.criteria, order.bounds
    found = [
        ("not_active", order.state is not OrderState.ACTIVE),
        ("expired", order.expires_at <= wanted.at),
        ("own_listing", order.lender == wanted.borrower),
        ("not_for_plans", order.managed and not wanted.for_plans),
        ("currency", criteria.currency != wanted.currency),
        ("programme", wanted.programme not in criteria.programmes),
        ("grade", wanted.grade not in criteria.grades),
        ("term", wanted.term_months not in criteria.terms_months),
        ("rate_below_floor", wanted.annual_rate < criteria.lowest_rate),
        ("out_of_budget", order.left_minor < bounds.least_minor),
    ]
    named = [code for code, holds in found if holds]
    if not named and fill_of(bounds, order.left_minor, wanted) is None:
        named.append(binding(bounds, order.left_minor, wanted, wanted.left_minor)[1] + "_below_least")
    return named


def fill_of(
    bounds: Bounds, budget_left_minor: int, wanted: Wanted, left_minor: int | None = None
) -> tuple[int, str] | None:
    """What an order lends: the most that its caps allow, in lots, and the cap that bound it; None where that is below its least.

    left_minor: of the listing by now, where it is less than at first.
    """
    amount, cap = binding(bounds, budget_left_minor, wanted, wanted.left_minor if left_minor is None else left_minor)
    amount -= amount % wanted.lot_minor
    return (amount, cap) if amount >= max(bounds.least_minor, wanted.lot_minor) else None


def binding(bounds: Bounds, budget_left_minor: int, wanted: Wanted, left_minor: int) -> tuple[int, str]:
    """The lowest of the caps on a fill, and its name."""
    caps: Sequence[tuple[int, str]] = (
        (bounds.most_minor, "most_amount"),
        (int(bounds.share_cap * wanted.amount_minor), "share_cap"),
        (int(wanted.lender_share * wanted.amount_minor), "lender_share"),
        (budget_left_minor, "budget"),
        (left_minor, "left_of_listing"),
    )
    return min(caps, key=_amount)


def _amount(cap: tuple[int, str]) -> int:
    return cap[0]
