"""What batch payouts refuse.

Refusal
├── NotFound   UnknownBatch · UnknownLine
├── Conflict   BatchNumberUsed · BatchNotAwaiting · TotalDiffers · LineNotReturned
└── Invalid    LinesWrong (`problems`: every line that is, with its code and field) · PayeeWrong
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownBatch(NotFound):
    code = "unknown_batch_payout"


class UnknownLine(NotFound):
    code = "unknown_line"


class BatchNumberUsed(Conflict):
    """The merchant has another batch of this number."""

    code = "batch_number_used"


class BatchNotAwaiting(Conflict):
    """It was approved or cancelled before."""

    code = "batch_not_awaiting_approval"


class TotalDiffers(Conflict):
    """What is approved is not what was uploaded."""

    code = "total_differs"


class LineNotReturned(Conflict):
    """Only what came back is paid anew, or given up."""

    code = "line_not_returned"


class LinesWrong(Invalid):
    """Nothing of a batch is taken when a line of it is wrong."""

    code = "lines_wrong"


class PayeeWrong(Invalid):
    """There is no such payee in the batch's currency."""

    code = "unknown_payee"
