"""How much of an offer an order buys, and what keeps it from one."""

from collections.abc import Callable
from datetime import date

from services.p2p.sale_matching.model import Offered, Slice
from services.p2p.standing_orders.model import Bounds, OrderState, StandingOrder

MONTHS = 12
Price = Callable[[int], int]
"""What so much principal of the offer costs today; it never falls as the principal grows."""


def slice_of(bounds: Bounds, budget_left_minor: int, held_minor: int, offered: Offered, price: Price) -> Slice | str:
    """The most that an order's caps allow: all that is left of the offer, or a number of lots. Else the cap that leaves too little.

    What is left is taken whole, also where it is less than the order's least: nobody else could take it either.
    """
    most, bound_by = _most(bounds, held_minor, offered)
    principal = _piece(most, offered)
    affordable = _affordable(principal, budget_left_minor, offered, price)
    if affordable < principal:
        principal, bound_by = affordable, "budget"
    if not principal or (principal < bounds.least_minor and principal < offered.left_minor):
        return bound_by + "_below_least"
    return Slice(principal, price(principal), bound_by)


def _most(bounds: Bounds, held_minor: int, offered: Offered) -> tuple[int, str]:
    caps = (
        (bounds.most_minor - held_minor, "most_amount"),
        (int(bounds.share_cap * offered.loan_minor) - held_minor, "share_cap"),
        (int(offered.lender_share * offered.loan_minor) - held_minor, "lender_share"),
        (offered.left_minor, "left_of_sale"),
    )
    return min(caps, key=lambda cap: cap[0])


def _piece(most_minor: int, offered: Offered) -> int:
    """Of so much, what may pass on."""
    if most_minor >= offered.left_minor:
        return offered.left_minor
    return max(0, most_minor - most_minor % offered.lot_minor) if offered.in_parts else 0


def _affordable(principal_minor: int, budget_minor: int, offered: Offered, price: Price) -> int:
    """Of a piece, the largest that the budget pays for."""
    if not principal_minor or price(principal_minor) <= budget_minor:
        return principal_minor
    least, most = 0, (principal_minor - 1) // offered.lot_minor
    while least < most and offered.in_parts:
        middle = (least + most + 1) // 2
        if price(middle * offered.lot_minor) <= budget_minor:
            least = middle
        else:
            most = middle - 1
    return least * offered.lot_minor


def obstacles(order: StandingOrder, offered: Offered) -> list[str]:
    """What keeps an order from being asked, by code; empty if it is to be."""
    criteria, wish = order.criteria, order.resale
    found = [
        ("not_active", order.state is not OrderState.ACTIVE),
        ("expired", order.expires_at <= offered.at),
        ("buys_no_claims", wish is None),
        ("own_sale", order.lender == offered.seller),
        ("own_loan", order.lender == offered.borrower),
        ("not_for_plans", order.managed and not offered.for_plans),
        ("currency", criteria.currency != offered.currency),
        ("programme", offered.programme not in criteria.programmes),
        ("grade", offered.grade not in criteria.grades),
        ("out_of_budget", order.left_minor < order.bounds.least_minor),
    ]
    if wish is not None:
        found += [
            ("yield_below_floor", offered.yield_rate < wish.least_yield),
            ("price", not wish.least_price <= offered.price_share <= wish.largest_price),
            ("term", offered.longest_months > wish.longest_months),
        ]
    return [code for code, holds in found if holds]


def months_until(today: date, last_on: date) -> int:
    """Whole months, begun ones counted."""
    months = (last_on.year - today.year) * MONTHS + last_on.month - today.month
    return max(0, months + (last_on.day > today.day))
