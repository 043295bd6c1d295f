"""A surety: an institution that promises to pay lenders, as a guarantor (担保机构) or as an originator who buys back (回购)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class SuretyKind(StrEnum):
    GUARANTOR = "guarantor"
    ORIGINATOR = "originator"


class SuretyState(StrEnum):
    OPENING = "opening"
    """Its account in payments is not known yet."""
    ACTIVE = "active"
    ENDED = "ended"
    """It backs nothing new; what it promised it pays."""


@dataclass(frozen=True, slots=True)
class Surety:
    """Amounts in minor units. licensed_from, licensed_until: both days included. programmes: codes of those whose loans it backs.

    capital_minor: what it may have paid and not recovered at most; cap_minor: what it may back at most. account_id: its deposit
    (保证金) in payments, from which it pays. originator_id: whose loans alone it buys back; name, licence, capital and cap are that
    originator's, of the terms in force.
    """

    id: UUID
    kind: SuretyKind
    name: str
    licence_kind: str
    licence_number: str
    licensed_from: date
    licensed_until: date
    currency: str
    capital_minor: int
    cap_minor: int
    programmes: tuple[str, ...]
    state: SuretyState
    account_id: UUID | None
    changed_by: str
    registered_at: datetime
    changed_at: datetime
    originator_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Suretyship:
    """Its promise for one listing and the loan that comes of it. amount_minor: of the listing."""

    listing_id: UUID
    kind: SuretyKind
    surety_id: UUID
    amount_minor: int
    backed_at: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """backed_minor: listings that may still become loans, and what is owed on loans; claims_minor: of that, what it paid for and holds
    against borrowers (its counter-claims, 追偿权); paid_minor: principal and interest paid so far; recovered_minor: what came back.
    """

    backed_minor: int
    loans: int
    claims_minor: int
    paid_minor: int
    recovered_minor: int
