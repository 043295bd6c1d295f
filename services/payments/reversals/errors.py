"""What reversals refuse, beside the refusals of the ledger.

Refusal
├── Invalid    NotReversible · AmountExceedsRest
└── Conflict   AlreadyReversed · TooManyParts
"""

from chassis.errors import Conflict, Invalid


class NotReversible(Invalid):
    """Only money that was moved comes back: single and post. A hold is voided."""

    code = "not_reversible"


class AmountExceedsRest(Invalid):
    """`rest` tells what has not been reversed yet."""

    code = "amount_exceeds_rest"


class AlreadyReversed(Conflict):
    code = "already_reversed"


class TooManyParts(Conflict):
    code = "too_many_parts"
