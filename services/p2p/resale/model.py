"""Resale (债权转让): a holder offers her claim, whole or in part; buyers take it for money, and it is theirs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.p2p.programmes.model import LenderFees, ResaleTerms


class SaleState(StrEnum):
    OPEN = "open"
    BUYING = "buying"
    """Somebody buys of it: the ledger has not answered."""
    SOLD = "sold"
    VOIDED = "voided"
    """Something happened to the loan or the claim: it is not what was offered."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class SaleEvent(StrEnum):
    BUY = "buy"
    SETTLE = "settle"
    SETTLE_LAST = "settle_last"
    REFUSE = "refuse"
    VOID = "void"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


class SliceFault(StrEnum):
    """What is refused of slices by rule, and reported: a shorter term than the asset, and several assets behind one promise (资金池)."""

    MATURITY_GAP = "maturity_gap"
    POOL = "pool"


class PurchaseState(StrEnum):
    PENDING = "pending"
    SETTLED = "settled"
    REFUSED = "refused"


class PurchaseEvent(StrEnum):
    SETTLE = "settle"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Sale:
    """An offer of principal_minor of a claim, of which sold_minor is sold. price_share: of principal and accrued interest.

    claim_version: of the claim as it was offered, and after each purchase of this offer; due_at: when it ends by itself.
    promised_on: of a first lender's slices, the day by which buyers are promised to have everything back: never before the last row.
    """

    id: UUID
    claim_id: UUID
    loan_id: UUID
    seller: str
    currency: str
    principal_minor: int
    sold_minor: int
    price_share: Decimal
    claim_version: int
    state: SaleState
    reason: str | None
    offered_at: datetime
    changed_at: datetime
    due_at: datetime | None
    promised_on: date | None = None

    @property
    def left_minor(self) -> int:
        return self.principal_minor - self.sold_minor


@dataclass(frozen=True, slots=True)
class Purchase:
    """A slice bought of a sale, its money fixed. Amounts in minor units.

    price_minor: all that the buyer pays; of it accrued_minor for interest accrued to traded_on, and fee_minor for the house, which the
    seller bears. kept_from_on: from when the seller keeps the interest up to traded_on (`split_when_paid`); None: the buyer paid for it.
    buyer_account_id: None until payments told it; buyer_claim_id: until it is settled. standing_order_id: of the order that bought for her.
    """

    id: UUID
    sale_id: UUID
    loan_id: UUID
    claim_id: UUID
    seller: str
    seller_account_id: UUID
    buyer: str
    buyer_account_id: UUID | None
    buyer_claim_id: UUID | None
    currency: str
    principal_minor: int
    accrued_minor: int
    price_minor: int
    fee_minor: int
    traded_on: date
    kept_from_on: date | None
    state: PurchaseState
    reason: str | None
    requested_at: datetime
    changed_at: datetime
    standing_order_id: UUID | None = None

    @property
    def principal_price_minor(self) -> int:
        """What the seller receives for the principal, the fee taken off."""
        return self.price_minor - self.accrued_minor - self.fee_minor


@dataclass(frozen=True, slots=True)
class SliceRefusal:
    """asked_on: the day that was to be promised; last_due_on: when the asset is repaid, None of a pool. claims: how many were named."""

    id: UUID
    fault: SliceFault
    party: str
    claim_id: UUID
    claims: int
    asked_on: date
    last_due_on: date | None
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """An open sale of a first lender's, as a wish is matched with it. last_due_on: when the last of it is repaid; fees: of who buys."""

    sale: Sale
    last_due_on: date
    lot_minor: int
    terms: ResaleTerms
    fees: LenderFees


@dataclass(frozen=True, slots=True)
class Match:
    asset: Asset
    principal_minor: int
