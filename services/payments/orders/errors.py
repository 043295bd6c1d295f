"""What orders refuse.

Refusal
├── NotFound   UnknownOrder
├── Conflict   OrderPaid · OrderClosed · OrderNumberUsed · AmountDiffers · OrderBeingPaid · TooManyParts · PayerReleased ·
│              NothingHeld
└── Invalid    CurrencyDiffers · CardPaysTheRest · AccountNotOfPayer · MethodNotOfCaller
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


class OrderBeingPaid(Conflict):
    """Parts of another customer's payment are held for it, or a bank has not said yet whether she paid."""

    code = "order_being_paid"


class PayerReleased(Conflict):
    """The merchant gave her parts back: she does not hold up an order that anybody may pay again."""

    code = "payer_released"


class TooManyParts(Conflict):
    code = "too_many_parts"


class NothingHeld(Conflict):
    """There is no part to give back."""

    code = "nothing_held"


class CurrencyDiffers(Invalid):
    code = "currency_mismatch"


class CardPaysTheRest(Invalid):
    """A card's part cannot be held, so it is the last."""

    code = "card_pays_the_rest"


class AccountNotOfPayer(Invalid):
    """Whoever finances a payment pays it from an account of its own, in the order's currency."""

    code = "account_not_of_payer"


class MethodNotOfCaller(Invalid):
    """Credit and funds pay through the service that keeps them."""

    code = "method_not_of_caller"
