"""A payment code (付款码): shown by a customer, scanned by a merchant, who then charges her wallet for one order."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

LIFETIME = timedelta(seconds=60)
"""Real time, as of any token."""
MOST_LIVE = 3
"""The one on the screen, and those just replaced that a scanner may have read already."""


class CodeState(StrEnum):
    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class PaymentCode:
    """token_hash: what is kept of the token. slot: which of her MOST_LIVE places a live code takes.

    order_id, reference, amount, currency: of the charge; its transfer stands in the ledger under the reference. Instants are real time.
    """

    id: UUID
    customer_id: UUID
    token_hash: bytes
    state: CodeState
    slot: int | None
    order_id: UUID | None
    reference: str | None
    amount: int | None
    currency: str | None
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Opened:
    """The token stands in this answer alone."""

    code: PaymentCode
    token: str


@dataclass(frozen=True)
class Cap:
    """The largest payment by code that needs no confirmation (免密), from a business day on. amount: minor units; source: why so much."""

    currency: str
    from_on: date
    amount: int
    source: str
    set_by: str
