"""What top-ups refuse: the refusals of wallets and cards, and an id nobody knows."""

from chassis.errors import NotFound


class UnknownTopUp(NotFound):
    code = "unknown_top_up"
