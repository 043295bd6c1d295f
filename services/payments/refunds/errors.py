"""What refunds refuse.

Refusal
├── NotFound   UnknownRefund
└── Conflict   OrderNotPaid · RefundTooLate · RefundExceeds · RefundNumberUsed
"""

from chassis.errors import Conflict, NotFound


class UnknownRefund(NotFound):
    code = "unknown_refund"


class OrderNotPaid(Conflict):
    code = "order_not_paid"


class RefundTooLate(Conflict):
    code = "refund_too_late"


class RefundExceeds(Conflict):
    """More than what was paid and is not given back yet."""

    code = "refund_exceeds_payment"


class RefundNumberUsed(Conflict):
    """The merchant has another refund under this number."""

    code = "refund_number_used"
