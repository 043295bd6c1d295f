"""What fee plans refuse.

Refusal
├── NotFound   UnknownFeePlan
└── Invalid    TiersUnclear · CapBelowMinimum · PlanInAnotherCurrency
"""

from chassis.errors import Invalid, NotFound


class UnknownFeePlan(NotFound):
    code = "unknown_fee_plan"


class TiersUnclear(Invalid):
    code = "tiers_unclear"


class CapBelowMinimum(Invalid):
    code = "cap_below_minimum"


class PlanInAnotherCurrency(Invalid):
    """The versions of a plan are of one currency, and a merchant's plan is of hers."""

    code = "fee_plan_currency_mismatch"
