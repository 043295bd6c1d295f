"""What due-day debit refuses.

Refusal
├── NotFound (404)
│   └── UnknownRepaymentMandate
├── Conflict (409)
│   └── MandateNamed             a loan is repaid by one mandate at a time
└── Invalid (422)
    ├── DebitCapTooSmall         an instalment would not fit
    └── MandateTooShort          it ends before the loan does, or too far away
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownRepaymentMandate(NotFound):
    code = "unknown_repayment_mandate"


class MandateNamed(Conflict):
    code = "mandate_named"


class DebitCapTooSmall(Invalid):
    code = "debit_cap_too_small"


class MandateTooShort(Invalid):
    code = "mandate_too_short"
