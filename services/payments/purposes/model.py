"""Money bound to a purpose (专款专用): a purpose says what it may be spent on, a purse is an account of somebody under it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.ledger.model import Allowed

MOST_ALLOWED = 200


@dataclass(frozen=True, slots=True)
class Purpose:
    """Never changed once made: whoever audits a transfer sees the rule it was made under.

    allowed: where the money may go, any of them; return_account_id: where it may always go back, and goes by itself once expired.
    """

    id: UUID
    owner: str
    name: str
    currency: str
    allowed: tuple[Allowed, ...]
    return_account_id: UUID
    expires_at: datetime | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Purse:
    """One an owner and purpose. account_id: its ledger account, of kind `purse`."""

    id: UUID
    owner: str
    purpose_id: UUID
    account_id: UUID
    opened_at: datetime
