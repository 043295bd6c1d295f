"""A look at the queue of standing orders for an offer of a claim: who is asked, in order of their places, until one buys."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.p2p.standing_orders.model import Bounds


class SaleVerdict(StrEnum):
    CHOSEN = "chosen"
    SKIPPED = "skipped"
    """reason says why: a cap below its least, or what a purchase by hand would be refused for."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An open sale as the queue is asked about it. left_minor: of its principal; loan_minor: of the whole loan when it was made;
    lender_share: of that, one lender's at most; yield_rate: the buyer's, at the price, before her fees; longest_months: until the last row
    is due; for_plans: whether orders of plans may buy."""

    sale_id: UUID
    loan_id: UUID
    programme: str
    grade: str
    currency: str
    seller: str
    borrower: str
    price_share: Decimal
    yield_rate: Decimal
    longest_months: int
    left_minor: int
    loan_minor: int
    lot_minor: int
    in_parts: bool
    lender_share: Decimal
    at: datetime
    for_plans: bool = True


@dataclass(frozen=True, slots=True)
class Buyer:
    """An order in the queue that may be asked. held_minor: what its lender holds of the loan already."""

    id: UUID
    lender: str
    place: int
    queued_at: datetime
    version: int
    committed_minor: int
    held_minor: int
    bounds: Bounds

    @property
    def left_minor(self) -> int:
        return self.bounds.budget_minor - self.committed_minor


@dataclass(frozen=True, slots=True)
class Slice:
    """What an order would take: principal, what it costs, and the cap that bound it."""

    principal_minor: int
    price_minor: int
    bound_by: str


@dataclass(frozen=True, slots=True)
class SaleLook:
    """number: among the looks for a sale, from 1; moment: the book as it was; considered: orders that were asked."""

    sale_id: UUID
    number: int
    moment: int
    left_minor: int
    yield_rate: Decimal
    longest_months: int
    considered: int
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class SaleDecision:
    """What a look made of an order. version, place, queued_at: of the order, as seen; place_after, committed_minor: of the order that
    it became, where it was chosen."""

    sale_id: UUID
    look: int
    position: int
    order_id: UUID
    verdict: SaleVerdict
    reason: str | None
    amount_minor: int
    price_minor: int
    bound_by: str | None
    purchase_id: UUID | None
    version: int
    place: int
    queued_at: datetime
    place_after: int | None
    committed_minor: int
