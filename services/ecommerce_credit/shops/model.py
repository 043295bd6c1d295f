"""A shop: a seller of a marketplace, once a customer is known to own it somebody who may borrow."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Shop:
    """seller_id: its key at the marketplace; currency: of the marketplace; owner: `cus_…`, None while nobody is linked."""

    id: UUID
    marketplace: str
    seller_id: str
    currency: str
    owner: str | None
    opened_at: datetime
    changed_at: datetime


class ClaimState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    """She is the shop's owner."""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ENDED = "ended"
    """She was the owner, and is no longer."""


class ClaimEvent(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    YIELD = "yield"
    """Another claim to the shop was approved."""
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    END = "end"


class Role(StrEnum):
    """What a caller is to a claim. SHOP: what becomes of the shop; TIME: the deadline."""

    CUSTOMER = "customer"
    OPERATOR = "operator"
    SHOP = "shop"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class ShopClaim:
    """A customer's word that a shop is hers. reason: code of how it ended; due_at: when it ends by itself while pending."""

    id: UUID
    shop_id: UUID
    customer: str
    state: ClaimState
    reason: str | None
    made_by: str
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """A step of a claim, kept for ever. event: None where it was made; note: the operator's words, shown to operators alone."""

    claim_id: UUID
    number: int
    event: ClaimEvent | None
    state: ClaimState
    taken_by: str
    taken_at: datetime
    note: str | None
