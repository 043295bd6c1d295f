"""A claim (债权): what one holder is owed of one loan. Every change makes another version; none is edited away."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

PLATFORM = "p2p"
"""The platform as a holder."""


def is_customer(holder: str) -> bool:
    """Else it is the house's own: the platform, its reserve fund, or a surety, who have no wallet."""
    return holder.startswith("cus_")


class Claim(NamedTuple):
    """Amounts in minor units. holder: `cus_…`; account_id: where her money goes; held_from_on: the day she last lent or bought.

    What was bought carries its interest with it, whatever day that was: `cession_rules.interest_weights` says who earns what.

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
    late_received_minor: int = 0


class ReceivedParts(NamedTuple):
    """What one claim receives of a repayment, by kind; negative where it is taken back.

    compensated: what somebody else paid her of it, and claims in her place.
    """

    claim_id: UUID
    principal: int
    interest: int
    late: int
    compensated: int


class RepaidPrincipal(NamedTuple):
    """Principal that a claim received on a day and has not given back; minor units. From that day on nobody earns anything on it."""

    claim_id: UUID
    paid_on: date
    principal_minor: int


@dataclass(frozen=True, slots=True)
class Trade:
    """A slice of a claim bought (money_minor below zero) or sold, fee taken off; minor units."""

    claim_id: UUID
    traded_on: date
    money_minor: int


@dataclass(frozen=True, slots=True)
class Received:
    """What a claim brought on a day, before the platform's fees: of looking after its interest, and of what came late."""

    claim_id: UUID
    received_on: date
    principal_minor: int
    interest_minor: int
    interest_fee_minor: int = 0
    collection_fee_minor: int = 0

    @property
    def fee_minor(self) -> int:
        return self.interest_fee_minor + self.collection_fee_minor


@dataclass(frozen=True, slots=True)
class Expected:
    """What a claim should bring on a due day, to within a minor unit: shares are fixed when a row is repaid."""

    due_on: date
    principal_minor: int
    interest_minor: int


@dataclass(frozen=True, slots=True)
class Cession:
    """A part of a claim that passed on: to who bought it, or to who paid its holder for a loss. id: that of the purchase, the compensation,
    or the repayment that was taken back.

    principal_minor of of_outstanding_minor, all that was owed on the loan then: as a share of the loan it stays the same, whatever is
    repaid since. interest_from_on, late_from_on: interest and late interest of the days before stay with who held it.
    """

    id: UUID
    loan_id: UUID
    from_claim_id: UUID
    to_claim_id: UUID
    principal_minor: int
    of_outstanding_minor: int
    interest_from_on: date
    late_from_on: date
