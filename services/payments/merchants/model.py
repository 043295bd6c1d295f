"""Who sells: a merchant with an account for its proceeds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Merchant:
    """owner: the party that acts for it (`cus_…` or a service). account_id: ledger account of kind `merchant`."""

    id: UUID
    owner: str
    name: str
    currency: str
    account_id: UUID
    opened_at: datetime
