"""What of an order may be shared out, and what comes back."""

from collections.abc import Sequence

from services.payments.fee_plans.model import MILLION
from services.payments.shares.errors import NothingToReturn, ShareAboveLimit
from services.payments.shares.model import Share, ShareState


def require_within(declared: int, amount: int, refunded: int, limit_millionths: int) -> None:
    """declared: all shares of the order together. Raises ShareAboveLimit."""
    most = min(amount * limit_millionths // MILLION, amount - refunded)
    if declared > most:
        raise ShareAboveLimit("more than may be shared out of this order", field="shares", most=most)


def to_call_back(shares: Sequence[Share], refunded: int) -> int:
    """What is still to come back once so much of the order is refunded in all: shared parts come back before anything else."""
    back = sum(share.called_back + share.returned for share in shares)
    return max(0, min(refunded - back, sum(share.outstanding for share in shares)))


def called_back(shares: Sequence[Share], amount: int) -> list[tuple[Share, int]]:
    """From which shares how much, the last declared first."""
    parts = []
    for share in sorted(shares, key=lambda one: one.id, reverse=True):
        part = min(amount, share.outstanding)
        if part:
            parts.append((share, part))
        amount -= part
    return parts


def require_returnable(share: Share, amount: int) -> None:
    """Raises NothingToReturn."""
    if share.state is not ShareState.PAID or amount > share.outstanding:
        left = share.outstanding if share.state is ShareState.PAID else 0
        raise NothingToReturn("the receiver has less of this share", field="amount", left=left)
