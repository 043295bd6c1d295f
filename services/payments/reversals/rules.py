"""How much of a transfer may be taken back. The transfer itself is decided on by the ledger's own rule."""

from services.payments.ledger.model import TransferKind
from services.payments.reversals.errors import AlreadyReversed, AmountExceedsRest, NotReversible, TooManyParts
from services.payments.reversals.model import MOST_PARTS, Corrections

MOVED = (TransferKind.SINGLE, TransferKind.POST)


def amount_to_reverse(found: Corrections, amount: int | None) -> int:
    """What a new reversal moves: the amount asked for, or all that is left.

    Raises NotReversible, AlreadyReversed, AmountExceedsRest, TooManyParts.
    """
    if found.transfer.kind not in MOVED:
        raise NotReversible("no money was moved by it: void the hold", field="transfer_id")
    if found.rest == 0:
        raise AlreadyReversed("all of it was reversed before", field="transfer_id")
    if amount is not None and amount > found.rest:
        raise AmountExceedsRest("more than is left to be reversed", field="amount", rest=found.rest)
    if len(found.reversals) == MOST_PARTS - 1 and amount not in (None, found.rest):
        raise TooManyParts("the last part allowed takes all that is left", field="amount", rest=found.rest)
    return found.rest if amount is None else amount
