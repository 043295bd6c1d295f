"""Leads on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from chassis import wire
from chassis.ids import TypeId
from services.info_broker.consents.schemas import ConsentAnswer, ConsentRequest, consent_answer
from services.info_broker.contacts.schemas import ContactRequest, MaskedContact, masked_contact
from services.info_broker.institutions.profile import Text
from services.info_broker.institutions.schemas import InstitutionId
from services.info_broker.leads.actions import Application
from services.info_broker.leads.model import LeadState, LeadView, Step
from services.info_broker.products.schemas import ProductId

LeadId = Annotated[UUID, TypeId("lea")]
StateName = Literal["new", "routed", "accepted", "rejected", "withdrawn", "closed"]


class LeadRequest(wire.Request):
    """A person asks to be contacted. amount_minor, currency: how much she has in mind, together or not at all."""

    product_id: ProductId
    contact: ContactRequest
    consent: ConsentRequest
    amount_minor: wire.Amount | None = None
    currency: wire.Currency | None = None

    @model_validator(mode="after")
    def _amount_with_currency(self) -> "LeadRequest":
        if (self.amount_minor is None) != (self.currency is None):
            raise ValueError("amount_minor and currency come together")
        return self

    def application(self) -> Application:
        return Application(
            product_id=self.product_id,
            contact=self.contact.facts(),
            text_version=self.consent.text_version,
            purposes=self.consent.purposes,
            amount_minor=self.amount_minor,
            currency=self.currency,
        )


class DecisionRequest(wire.Request):
    outcome: Literal["accepted", "rejected"]
    reason: Text | None = None


class WithdrawalRequest(wire.Request):
    reason: Text | None = None


class LeadAnswer(wire.Answer):
    """product_version: what the person saw; due_at: when the state ends by itself; reason: of a rejection, withdrawal or closing."""

    id: LeadId
    product_id: ProductId
    product_version: int
    institution_id: InstitutionId | None
    customer: str
    state: LeadState
    reason: str | None
    amount_minor: int | None
    currency: str | None
    contact: MaskedContact
    consent: ConsentAnswer
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None


class StepAnswer(wire.Answer):
    """event: null for the application itself."""

    number: int
    event: Literal["route", "accept", "reject", "withdraw", "expire"] | None
    state: LeadState
    taken_by: str
    taken_at: datetime
    reason: str | None


class Steps(wire.Answer):
    items: Annotated[list[StepAnswer], Field(max_length=10)]
    next: None = None


def lead_answer(view: LeadView) -> LeadAnswer:
    lead = view.lead
    return LeadAnswer(
        id=lead.id,
        product_id=lead.product_id,
        product_version=lead.product_version,
        institution_id=lead.institution_id,
        customer=lead.customer,
        state=lead.state,
        reason=lead.reason,
        amount_minor=lead.amount_minor,
        currency=lead.currency,
        contact=masked_contact(view.contact),
        consent=consent_answer(view.consent),
        created_at=lead.created_at,
        changed_at=lead.changed_at,
        due_at=lead.due_at,
    )


def step_answer(step: Step) -> StepAnswer:
    return StepAnswer.model_validate(step)
