"""A claim (债权): what one holder is owed of one loan. Every change makes another version; none is edited away."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """Amounts in minor units. holder: `cus_…`; account_id: where her money goes; held_from_on: the day she last lent or bought.

    What was bought carries its interest with it, whatever day that was: `rules.interest_weights` says who earns what.

    outstanding = funded + bought − sold − principal received − compensated: what she has sold, and what somebody paid her for a loss
    (and holds the claim to now), are hers no more.
    """

    id: UUID
    loan_id: UUID
    holder: str
    account_id: UUID
    currency: str
    funded_minor: int
    outstanding_minor: int
    principal_received_minor: int
    interest_received_minor: int
    held_from_on: date
    version: int
    changed_at: datetime
    bought_minor: int = 0
    sold_minor: int = 0
    compensated_minor: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a slice whose interest stays with who sold it (`split_when_paid`): from `from_on` up to, and without, `to_on`."""

    id: UUID
    loan_id: UUID
    seller_claim_id: UUID
    buyer_claim_id: UUID
    principal_minor: int
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class Trade:
    """A slice of a claim bought (money_minor below zero) or sold, fee taken off; minor units."""

    claim_id: UUID
    traded_on: date
    money_minor: int


@dataclass(frozen=True, slots=True)
class Received:
    """What a claim brought on a day."""

    claim_id: UUID
    received_on: date
    principal_minor: int
    interest_minor: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What a claim should bring on a due day, to within a minor unit: shares are fixed when a row is repaid."""

    due_on: date
    principal_minor: int
    interest_minor: int
