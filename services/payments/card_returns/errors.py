"""What is refused of returns to cards.

Refusal
├── NotFound   UnknownCardReturn
└── Conflict   ReturnNotWaiting
"""

from chassis.errors import Conflict, NotFound


class UnknownCardReturn(NotFound):
    code = "unknown_card_return"


class ReturnNotWaiting(Conflict):
    """A bank has been asked to bring it back: its word counts."""

    code = "card_return_not_waiting"
