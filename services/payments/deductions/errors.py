"""What standing deductions refuse.

Refusal
├── NotFound   UnknownDeduction
├── Conflict   DeductionEnded
└── Invalid    DeductionShareTooLarge · DeductionEndsInPast · AccountNotLenders
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownDeduction(NotFound):
    code = "unknown_deduction"


class DeductionEnded(Conflict):
    code = "deduction_ended"


class DeductionShareTooLarge(Invalid):
    """No single lender takes more of a settlement than that."""

    code = "deduction_share_too_large"


class DeductionEndsInPast(Invalid):
    code = "deduction_ends_in_past"


class AccountNotLenders(Invalid):
    """A lender is repaid into an account of its own."""

    code = "account_not_lenders"
