"""Ids of ledger transfers, derived from what they are for: made again after a crash, they are the same.

The time part is that of the story's own record, so that the ledger's indexes see them in order; the rest is a hash of what the
transfer is for. The last 16 bits are the book of the account debited.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from chassis.ids import book_of, uuid7, uuid7s


def derived(instant: datetime, debit_account_id: UUID, *what: object) -> UUID:
    """The id of the transfer that is for `what`: text, numbers and ids that tell it from every other one."""
    return uuid7(instant, _hash("\x1f".join([str(part) for part in what])), book_of(debit_account_id))


def deriving(instant: datetime, *common: object) -> Callable[..., UUID]:
    """`derived` for thousands of transfers that are for the same, but for what stands last of it: with that it is called, as text."""
    made, start = uuid7s(instant), "".join([f"{part}\x1f" for part in common])

    def of(debit_account_id: UUID, *last: str) -> UUID:
        return made(_hash(start + "\x1f".join(last)), book_of(debit_account_id))

    return of


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=10).digest()


def hold_of(bid_id: UUID, account_id: UUID, requested_at: datetime) -> UUID:
    """The hold behind a bid: known before it is asked for."""
    return derived(requested_at, account_id, "hold", bid_id)
