"""A compensation (代偿): somebody pays the holders of a loan that its borrower does not pay, and holds what was paid for from then on."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.p2p.programmes.model import Covered, LossBearer

RESERVE_FUND = "p2p.reserve_fund"
"""The fund as a holder of claims."""


class CompensationState(StrEnum):
    PENDING = "pending"
    """Its shares are fixed; the ledger has not answered."""
    PAID = "paid"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Compensation:
    """Amounts in minor units. payer: as a holder of claims; account_id: where its money comes from, and where what is recovered goes.

    attempt: from 1, counting those of the loan. asked_minor: principal that this layer owed the holders then; principal_minor,
    interest_minor: what the payer's money was enough for. decided_on: the day up to which interest is paid for, from interest_from_on;
    where it is not, both are the same.
    """

    id: UUID
    loan_id: UUID
    attempt: int
    bearer: LossBearer
    payer: str
    account_id: UUID
    covers: Covered
    currency: str
    days_past_due: int
    asked_minor: int
    principal_minor: int
    interest_minor: int
    state: CompensationState
    reason: str | None
    decided_on: date
    interest_from_on: date
    requested_at: datetime
    changed_at: datetime

    @property
    def amount_minor(self) -> int:
        return self.principal_minor + self.interest_minor


@dataclass(frozen=True, slots=True)
class CompensationShare:
    """What one holder is paid, and principal that she passes on."""

    compensation_id: UUID
    claim_id: UUID
    holder: str
    account_id: UUID
    principal_minor: int
    interest_minor: int


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays of a layer now. available_minor: what may leave its account, and what its capital lets it take on."""

    bearer: LossBearer
    holder: str
    account_id: UUID
    available_minor: int


@dataclass(frozen=True, slots=True)
class LayerDue:
    """A layer of a late loan's programme that owes its lenders something. unpaid_on: due day of the oldest unpaid row.

    asked_minor: principal it owes; uncovered_minor: all that lenders hold; paid_minor: principal and interest it paid for the loan so far.
    """

    loan_id: UUID
    listing_id: UUID
    currency: str
    layer: int
    bearer: LossBearer
    unpaid_on: date
    asked_minor: int
    uncovered_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class FundFigures:
    """What the fund received and paid, from this service's records; amounts in minor units."""

    contributed_minor: int
    recovered_minor: int
    paid_minor: int
    claims_minor: int
