"""What shares refuse, beside the refusals of the ledger and of orders.

Refusal
├── NotFound   UnknownReceiver · UnknownShare
├── Conflict   ReceiverExists · ShareTooLate · ShareExists · NothingToReturn
└── Invalid    ShareAboveLimit · ReceiverIsSeller
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownReceiver(NotFound):
    code = "unknown_receiver"


class UnknownShare(NotFound):
    code = "unknown_share"


class ReceiverExists(Conflict):
    code = "receiver_exists"


class ShareTooLate(Conflict):
    """Shares are declared between the order's payment and its settlement, of merchants that have a contract."""

    code = "share_too_late"


class ShareExists(Conflict):
    """The order has a share of this receiver."""

    code = "share_exists"


class NothingToReturn(Conflict):
    """The share has not been paid, or less of it is left with its receiver."""

    code = "nothing_to_return"


class ShareAboveLimit(Invalid):
    """More than the contract allows of this order, or than refunds have left of it."""

    code = "share_above_limit"


class ReceiverIsSeller(Invalid):
    code = "receiver_is_seller"
