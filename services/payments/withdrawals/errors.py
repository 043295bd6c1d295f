"""What withdrawals refuse: the refusals of wallets and cards, and an id nobody knows."""

from chassis.errors import NotFound


class UnknownWithdrawal(NotFound):
    code = "unknown_withdrawal"
