"""What proofs of liabilities refuse.

Refusal
├── NotFound   NotPublished
└── Conflict   LiabilityDayNotOver
"""

from chassis.errors import Conflict, NotFound


class NotPublished(NotFound):
    """There is no root of this day and currency, or of this number."""

    code = "liabilities_not_published"


class LiabilityDayNotOver(Conflict):
    code = "day_not_over"
