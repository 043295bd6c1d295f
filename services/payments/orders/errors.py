"""What orders refuse.

Refusal
├── NotFound   UnknownOrder
├── Conflict   OrderPaid · OrderClosed · OrderNumberUsed · AmountDiffers
└── Invalid    CurrencyDiffers
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownOrder(NotFound):
    code = "unknown_order"


class OrderPaid(Conflict):
    code = "order_already_paid"


class OrderClosed(Conflict):
    code = "order_closed"


class OrderNumberUsed(Conflict):
    """The merchant has another order under this number."""

    code = "order_number_used"


class AmountDiffers(Conflict):
    """What the buyer agreed to pay is not what the order asks."""

    code = "amount_differs"


class CurrencyDiffers(Invalid):
    code = "currency_mismatch"
