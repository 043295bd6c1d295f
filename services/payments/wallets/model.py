"""A customer's wallet: the name under which she knows her ledger account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Wallet:
    """account_id: the ledger account of kind `wallet` that holds the money."""

    id: UUID
    customer_id: UUID
    currency: str
    account_id: UUID
    opened_at: datetime
