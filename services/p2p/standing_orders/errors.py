"""What is refused about standing orders.

Refusal
├── NotFound (404)
│   └── UnknownStandingOrder
├── Conflict (409)
│   ├── TooManyStandingOrders    a lender has so many alive
│   └── ManagedByPlan            it ends with the plan it lends for
└── Invalid (422)
    ├── ContradictoryBounds      with every contradiction
    └── ExpiryNotAllowed         past, or too far ahead
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownStandingOrder(NotFound):
    code = "unknown_standing_order"


class TooManyStandingOrders(Conflict):
    code = "too_many_standing_orders"


class ManagedByPlan(Conflict):
    code = "managed_by_plan"


class ContradictoryBounds(Invalid):
    """contradictions: each with its `field` and `detail`."""

    code = "contradictory_bounds"


class ExpiryNotAllowed(Invalid):
    code = "expiry_not_allowed"
