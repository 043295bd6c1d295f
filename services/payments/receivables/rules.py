"""What may be taken, on plain data."""

from collections.abc import Sequence

from services.payments.ledger.model import Account
from services.payments.receivables.model import Receivable


def free(account: Account, kept: int) -> int:
    """What a debt may take from an account: what neither holds nor operators have set aside. kept: for debts, part of what is frozen."""
    if account.frozen or account.closed:
        return 0
    return max(0, account.settled - account.balance.debits_pending - (account.frozen_amount - kept))


def shared_out(amount: int, receivables: Sequence[Receivable]) -> list[tuple[Receivable, int]]:
    """An amount over debts, the oldest first; those that get nothing are left out."""
    shares = []
    for receivable in receivables:
        share = min(amount, receivable.outstanding)
        if share:
            shares.append((receivable, share))
        amount -= share
    return shares
