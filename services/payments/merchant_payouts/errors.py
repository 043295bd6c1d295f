"""What payouts to merchants refuse.

Refusal
├── NotFound   UnknownPayoutAccount · UnknownBatch
├── Conflict   BatchEnded · StatusContradicts
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


class UnreadableReport(Invalid):
    """No pain.002 that we can read."""

    code = "unreadable_report"


class MessageDiffers(Invalid):
    """The report is on another message."""

    code = "message_differs"


class UnknownLine(Invalid):
    """The report names a line that the batch does not have."""

    code = "unknown_payout_line"
