"""What is refused of charges that were too much: an id nobody knows."""

from chassis.errors import NotFound


class UnknownSurplusCharge(NotFound):
    code = "unknown_surplus_charge"
