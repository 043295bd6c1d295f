"""What is refused of returns to cards: an id nobody knows."""

from chassis.errors import NotFound


class UnknownCardReturn(NotFound):
    code = "unknown_card_return"
