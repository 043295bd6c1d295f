"""A merchant's order and its payment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class OrderState(StrEnum):
    """Spelled as Alipay's trade states are."""

    WAIT_BUYER_PAY = "WAIT_BUYER_PAY"
    TRADE_SUCCESS = "TRADE_SUCCESS"
    TRADE_CLOSED = "TRADE_CLOSED"


@dataclass(frozen=True)
class Order:
    """amount in minor units. due_at: unpaid by then, it closes. buyer_id: who may pay, anyone if None; who paid, once paid."""

    id: UUID
    merchant_id: UUID
    merchant_order_number: str
    subject: str
    amount: int
    currency: str
    buyer_id: UUID | None
    state: OrderState
    close_reason: str | None
    transfer_id: UUID | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
