"""What refunds refuse.

Refusal
├── NotFound   UnknownRefund
└── Conflict   OrderNotPaid · RefundTooLate · RefundExceeds · RefundNumberUsed · OrderUnderEscrow · ChargeDisputed
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


class OrderUnderEscrow(Conflict):
    """It pays an escrow trade, whose own refunds give back what is held."""

    code = "order_under_escrow"


class ChargeDisputed(Conflict):
    """A card paid a part of the trade, and its holder wants that from her bank: what the trade gives back waits for the decision."""

    code = "charge_disputed"
