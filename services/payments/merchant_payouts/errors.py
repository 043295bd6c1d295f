"""What payouts to merchants refuse.

Refusal
├── NotFound   UnknownPayoutAccount · UnknownBatch · UnknownPayout
├── Conflict   BatchEnded · StatusContradicts · BeingSent · BatchCarried · PayoutNotOver
└── Invalid    UnreadableReport · MessageDiffers · UnknownLine
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPayoutAccount(NotFound):
    code = "unknown_payout_account"


class UnknownBatch(NotFound):
    code = "unknown_payout_batch"


class BatchEnded(Conflict):
    """Nothing of it is under way any more."""

    code = "payout_batch_ended"


class StatusContradicts(Conflict):
    """The bank reports otherwise on a line that it has reported finally: what was paid and comes back is a return, booked as one."""

    code = "status_contradicts"


class BeingSent(Conflict):
    """A cancellation is not confirmed while the file may be on its way: it would be paid anew and executed as well."""

    code = "payout_batch_being_sent"


class BatchCarried(Conflict):
    """A channel carries it to its bank: handed over otherwise as well it would be paid twice."""

    code = "payout_batch_carried"


class UnknownPayout(NotFound):
    code = "unknown_payout"


class PayoutNotOver(Conflict):
    """It is under way, or paid: it is not paid out anew."""

    code = "payout_not_over"


class UnreadableReport(Invalid):
    """No pain.002 that we can read."""

    code = "unreadable_report"


class MessageDiffers(Invalid):
    """The report is on another message."""

    code = "message_differs"


class UnknownLine(Invalid):
    """The report names a line that the batch does not have."""

    code = "unknown_payout_line"
