"""A merchant's daily bills: what was traded, and what moved on her account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A payment of the day, or a refund (refund_number). fee: of a payment what it cost, of a refund what came back; minor units."""

    id: UUID
    at: datetime
    order_id: UUID
    order_number: str
    refund_number: str
    subject: str
    created_at: datetime
    amount: int
    fee: int


@dataclass(frozen=True, slots=True)
class FundsRow:
    """A movement of the account: positive amounts came in. balance: after it."""

    id: UUID
    at: datetime
    reference: str
    code: str
    amount: int
    balance: int
