"""What payment codes refuse.

Refusal
├── NotFound   UnknownPaymentCode
└── Conflict   PaymentCodeUsed · PaymentCodeExpired · PaymentCodeWithdrawn · TooManyLiveCodes · ConfirmationNeeded · CapStands
"""

from chassis.errors import Conflict, NotFound


class UnknownPaymentCode(NotFound):
    code = "unknown_payment_code"


class PaymentCodeUsed(Conflict):
    code = "payment_code_used"


class PaymentCodeExpired(Conflict):
    code = "payment_code_expired"


class PaymentCodeWithdrawn(Conflict):
    code = "payment_code_withdrawn"


class TooManyLiveCodes(Conflict):
    code = "too_many_live_codes"


class ConfirmationNeeded(Conflict):
    """More than may be paid without asking the buyer: she pays the order herself."""

    code = "confirmation_needed"


class CapStands(Conflict):
    """Another cap was set for that day, or a later one stands already."""

    code = "cap_stands"
