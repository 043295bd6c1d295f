"""What is refused about enrolments.

Refusal
├── NotFound (404)
│   └── UnknownEnrolment
├── Conflict (409)
│   ├── TooManyEnrolments        a lender has so many alive
│   ├── SomethingIsLent          cancelled only before anything is lent
│   ├── EarlyExitNotOffered      with the end of the lock-in
│   ├── PlanHoldsClaim           a claim of a plan is neither sold nor added to by hand, nor a claim of hers by a plan
│   └── PlanLendsHere            her plan bids in the listing
└── Invalid (422)
    └── AmountOutOfPlan          with the bounds
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownEnrolment(NotFound):
    code = "unknown_enrolment"


class TooManyEnrolments(Conflict):
    code = "too_many_enrolments"


class SomethingIsLent(Conflict):
    code = "something_is_lent"


class EarlyExitNotOffered(Conflict):
    code = "early_exit_not_offered"


class PlanHoldsClaim(Conflict):
    code = "plan_holds_claim"


class PlanLendsHere(Conflict):
    code = "plan_lends_here"


class AmountOutOfPlan(Invalid):
    code = "amount_out_of_plan"
