"""What is refused about plans.

Refusal
├── NotFound (404)
│   └── UnknownPlan
├── Conflict (409)
│   ├── PlanNotOffered           a draft, closed, not on this day, or no programme lets plans lend any more
│   ├── PlanFull                 with what is left
│   └── TooManyPlans
└── Invalid (422)
    └── PlanContradictsItself    with every contradiction
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPlan(NotFound):
    code = "unknown_plan"


class PlanNotOffered(Conflict):
    code = "plan_not_offered"


class PlanFull(Conflict):
    code = "plan_full"


class TooManyPlans(Conflict):
    code = "too_many_plans"


class PlanContradictsItself(Invalid):
    """contradictions: each with its `field` and `detail`."""

    code = "plan_contradicts_itself"
