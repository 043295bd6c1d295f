"""Leads: a person asks to be contacted about a product, and consents to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.info_broker.consents.model import Consent
from services.info_broker.contacts.model import Contact


class LeadState(StrEnum):
    NEW = "new"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class LeadEvent(StrEnum):
    ROUTE = "route"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Role(StrEnum):
    """What a caller is to a lead. TIME is the deadline itself."""

    CUSTOMER = "customer"
    INSTITUTION = "institution"
    OPERATOR = "operator"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Lead:
    """product_version: what the person saw; customer: `cus_…`; due_at: when the state ends by itself, None where it is final."""

    id: UUID
    product_id: UUID
    product_version: int
    institution_id: UUID | None
    customer: str
    contact_id: UUID
    consent_id: UUID
    amount_minor: int | None
    currency: str | None
    state: LeadState
    reason: str | None
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeadView:
    """A lead with what is shown beside it."""

    lead: Lead
    contact: Contact
    consent: Consent

    @property
    def id(self) -> UUID:
        return self.lead.id


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a lead's state, kept for ever. taken_by: the party."""

    lead_id: UUID
    number: int
    event: LeadEvent | None
    state: LeadState
    taken_by: str
    taken_at: datetime
    reason: str | None
