"""What bills refuse.

Refusal
└── Conflict   BillNotReady
"""

from chassis.errors import Conflict


class BillNotReady(Conflict):
    """The day is not over, or proceeds of its orders are not settled yet: a bill is the same whenever it is asked for."""

    code = "bill_not_ready"
