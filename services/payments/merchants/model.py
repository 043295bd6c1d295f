"""Who sells: a merchant with an account for its proceeds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Merchant:
    """owner: the party that acts for it (`cus_…` or a service). account_id: ledger account of kind `merchant`.

    proceeds_account_id: where orders' payments wait until they are settled; None: without a contract they go to account_id at once.
    """

    id: UUID
    owner: str
    name: str
    currency: str
    account_id: UUID
    opened_at: datetime
    proceeds_account_id: UUID | None = None

    @property
    def receiving_account_id(self) -> UUID:
        """Whom a payment begun now credits."""
        return self.proceeds_account_id or self.account_id
