"""Backed tokens in the hands of customers (Q币): bought, given, spent, redeemed. A token's base unit is a minor unit of its money.

So one price holds for good: 100 units for 1.00 CNY, whoever buys, spends or redeems, on whatever day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True)
class Terms:
    """What may be done with a token from a day on; of two for one day the later stated. holding_cap, daily_cap: of a customer, in units."""

    id: UUID
    unit: str
    valid_from: date
    redeemable: bool
    transferable: bool
    holding_cap: int
    daily_cap: int
    source: str
    stated_by: str
    stated_at: datetime


@dataclass(frozen=True)
class Holding:
    """A customer's account of a token."""

    unit: str
    customer_id: UUID
    account_id: UUID
    opened_at: datetime


class TokenDealKind(StrEnum):
    PURCHASE = "purchase"
    """Money of her wallet is set aside, tokens are issued to her."""
    PAYMENT = "payment"
    """Tokens are burned, the money held for them pays an order."""
    REDEMPTION = "redemption"
    """Tokens are burned, the money held for them is hers again."""
    GIFT = "gift"
    """Tokens change hands; as much circulates as before."""


@dataclass(frozen=True)
class Deal:
    """Done at once, and for good: only the refund of its order takes a payment back.

    movement_id: what was issued or burned, none of a gift; transfer_id: of the tokens; counterparty_id: who got a gift.
    order_payment_id: of a payment the part it made.
    """

    id: UUID
    kind: TokenDealKind
    unit: str
    customer_id: UUID
    amount: int
    transfer_id: UUID
    movement_id: UUID | None
    counterparty_id: UUID | None
    order_id: UUID | None
    order_payment_id: UUID | None
    made_on: date
    made_at: datetime
