"""Events of leads: ids and states, never who or how to reach her."""

from typing import Annotated, Literal
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Answer
from services.info_broker.institutions.schemas import InstitutionId
from services.info_broker.leads.model import Lead, LeadState
from services.info_broker.products.schemas import ProductId

LEAD_CREATED = "info_broker.lead.created.v1"
LEAD_ROUTED = "info_broker.lead.routed.v1"
LEAD_ACCEPTED = "info_broker.lead.accepted.v1"
LEAD_REJECTED = "info_broker.lead.rejected.v1"
LEAD_WITHDRAWN = "info_broker.lead.withdrawn.v1"
LEAD_CLOSED = "info_broker.lead.closed.v1"
TYPE_OF_STATE = {
    LeadState.NEW: LEAD_CREATED,
    LeadState.ROUTED: LEAD_ROUTED,
    LeadState.ACCEPTED: LEAD_ACCEPTED,
    LeadState.REJECTED: LEAD_REJECTED,
    LeadState.WITHDRAWN: LEAD_WITHDRAWN,
    LeadState.CLOSED: LEAD_CLOSED,
}


class LeadTold(Answer):
    """A lead entered a state. customer: `cus_…`; reason: of a closed one, a code."""

    lead_id: Annotated[UUID, TypeId("lea")]
    product_id: ProductId
    institution_id: InstitutionId | None
    customer: str
    state: Literal["new", "routed", "accepted", "rejected", "withdrawn", "closed"]
    reason: str | None


def told(lead: Lead) -> LeadTold:
    """The reason of a rejection or withdrawal is somebody's own words, so only those of ours leave the service."""
    return LeadTold(
        lead_id=lead.id,
        product_id=lead.product_id,
        institution_id=lead.institution_id,
        customer=lead.customer,
        state=lead.state.value,
        reason=lead.reason if lead.state is LeadState.CLOSED else None,
    )
