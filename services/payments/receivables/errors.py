"""What receivables refuse.

Refusal
├── NotFound   UnknownReceivable
└── Conflict   ReceivableEnded · NothingToCollect
"""

from chassis.errors import Conflict, NotFound


class UnknownReceivable(NotFound):
    code = "unknown_receivable"


class ReceivableEnded(Conflict):
    """Nothing is owed any more."""

    code = "receivable_ended"


class NothingToCollect(Conflict):
    """The account has nothing that could be taken just now."""

    code = "nothing_to_collect"
