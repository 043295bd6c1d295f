"""Ids of ledger transfers, derived from what they are for: made again after a crash, they are the same.

The time part is that of the story's own record, so that the ledger's indexes see them in order; the rest is a hash of what the
transfer is for. The last 16 bits are the book of the account debited.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from chassis.ids import book_of, uuid7


def derived(instant: datetime, debit_account_id: UUID, *what: object) -> UUID:
    """The id of the transfer that is for `what`: text, numbers and ids that tell it from every other one."""
    entropy = hashlib.blake2b(joined(*what).encode(), digest_size=10).digest()
    return uuid7(instant, entropy, book_of(debit_account_id))


def joined(*what: object) -> str:
    """What many transfers have in common, put together once: as one part it makes the same ids as its parts one by one."""
    return "\x1f".join([str(part) for part in what])


def hold_of(bid_id: UUID, account_id: UUID, requested_at: datetime) -> UUID:
    """The hold behind a bid: known before it is asked for."""
    return derived(requested_at, account_id, "hold", bid_id)
