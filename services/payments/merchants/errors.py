"""What merchants refuse."""

from chassis.errors import NotFound


class UnknownMerchant(NotFound):
    code = "unknown_merchant"
