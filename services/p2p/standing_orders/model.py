"""A standing order (自动投标): what a lender lets be lent for her, listing by listing, while it stands. It holds no money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class OrderState(StrEnum):
    OPENING = "opening"
    """Her wallet is being looked up in payments."""
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class OrderEvent(StrEnum):
    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


class Change(StrEnum):
    """What happens to an order beside its states, each a version of it."""

    REFUSED = "refused"
    """The ledger refused the hold of a fill."""
    HELD = "held"
    """It took one, after it had refused others."""
    GIVEN_BACK = "given_back"
    """A bid of it was released."""
    BOUGHT = "bought"
    """It takes a slice of a claim that is offered."""
    RETURNED = "returned"
    """What claims of a plan brought is to be lent again, or was taken back."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which listings an order is eligible for. Orders that ask for the same share a row: the queue is searched by it.

    lowest_rate: the floor, a yearly rate; programmes, grades, terms_months: each sorted, each once.
    """

    currency: str
    lowest_rate: Decimal
    programmes: tuple[str, ...]
    grades: tuple[str, ...]
    terms_months: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Amounts in minor units. least_minor, most_minor: of one loan; share_cap: of one loan's amount; budget_minor: in all its bids that
    were not given back; reserve_minor: must stay available in the wallet after a hold."""

    least_minor: int
    most_minor: int
    share_cap: Decimal
    budget_minor: int
    reserve_minor: int


@dataclass(frozen=True, slots=True)
class ResaleWish:
    """Which offers of claims an order buys, beside its programmes and grades. least_yield: yearly, the buyer's at the price; prices: shares
    of principal and accrued interest; longest_months: until the last row is due."""

    least_yield: Decimal
    least_price: Decimal
    largest_price: Decimal
    longest_months: int


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """account_id: the lender's wallet; committed_minor: of the budget, what bids and purchases take; refusals: of holds, in a row.

    place: where it stands in the queue, growing with `queued_at`; None before it is active. version: of all but the criteria, bounds and
    resale, which never change. resale: None where it buys no claims. managed: by a plan: what came back of its claims is taken off what
    it commits, which is below zero where more came back than went out.
    """

    id: UUID
    lender: str
    account_id: UUID | None
    criteria: Criteria
    bounds: Bounds
    committed_minor: int
    state: OrderState
    reason: str | None
    refusals: int
    place: int | None
    queued_at: datetime | None
    version: int
    requested_at: datetime
    changed_at: datetime
    expires_at: datetime
    resale: ResaleWish | None = None
    managed: bool = False

    @property
    def left_minor(self) -> int:
        """Of the budget."""
        return self.bounds.budget_minor - self.committed_minor


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order is asked to fund. left_minor: of the listing, when it is asked; lender_share: of the amount, one lender's at most;
    for_plans: whether orders of plans may."""

    programme: str
    grade: str
    term_months: int
    annual_rate: Decimal
    currency: str
    amount_minor: int
    lot_minor: int
    left_minor: int
    lender_share: Decimal
    borrower: str
    at: datetime
    for_plans: bool = True
