"""The story of a lead: asked for, sent, answered; or taken back, or ended by time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import MalformedId, decode, encode
from services.info_broker.consents import actions as consent_actions
from services.info_broker.contacts import actions as contact_actions
from services.info_broker.contacts import queries as contact_queries
from services.info_broker.contacts.model import ContactFacts
from services.info_broker.contacts.rules import fingerprint_text
from services.info_broker.contacts.vault import ContactVault
from services.info_broker.errors import (
    CannotRoute,
    CustomersOnly,
    DuplicateLead,
    NoSuchLead,
    NoSuchProduct,
    ProductWithdrawn,
)
from services.info_broker.institutions import queries as institution_queries
from services.info_broker.leads import queries, rules
from services.info_broker.leads.events import TYPE_OF_STATE, told
from services.info_broker.leads.model import Lead, LeadEvent, LeadState, LeadView, Role
from services.info_broker.products import queries as product_queries
from services.info_broker.products.model import Product, ProductStatus
from services.info_broker.settings import LeadDeadlines

OPERATE = "info_broker:operate"


@dataclass(frozen=True, slots=True)
class Application:
    """What a person asks. text_version, purposes: the consent she gave with it."""

    product_id: UUID
    contact: ContactFacts
    text_version: str
    purposes: Sequence[str]
    amount_minor: int | None = None
    currency: str | None = None


async def apply(tx: Tx, caller: Caller, *, application: Application, vault: ContactVault) -> LeadView:
    """A customer asks to be contacted about a product. No lead without consent, and one in 30 days."""
    if caller.customer is None:
        raise CustomersOnly("a lead is left by a customer, for herself")
    product = await product_queries.load(tx.connection, application.product_id, lock="share")
    if product is None:
        raise NoSuchProduct("no such product", field="product_id")
    if product.status is ProductStatus.WITHDRAWN:
        raise ProductWithdrawn("the product is no longer offered", field="product_id")
    customer = caller.party
    consent = await consent_actions.give(
        tx, customer, text_version=application.text_version, purposes=application.purposes
    )
    contact = await contact_actions.keep(tx, vault, customer, application.contact)
    lead = _new_lead(tx, customer, product, application, contact.id, consent.id)
    await queries.add(tx.connection, lead)
    await _guard(tx, vault, lead, application.contact)
    await queries.add_step(tx.connection, lead, None, customer, None)
    tx.events.add(TYPE_OF_STATE[lead.state], encode("lea", lead.id), told(lead).model_dump(mode="json"))
    return LeadView(lead, contact, consent)


async def route(tx: Tx, caller: Caller, *, lead_id: UUID) -> LeadView:
    """Send a new lead to the institution behind its product. Raises CannotRoute with the obstacle."""
    lead = await _locked(tx, caller, lead_id)
    state = rules.next_state(lead, LeadEvent.ROUTE, await roles(tx.connection, caller, lead), tx.now)
    obstacle, institution_id = await _obstacle(tx, lead)
    if obstacle is not None:
        raise CannotRoute("the lead cannot be sent now", obstacle=obstacle)
    return await _moved(tx, caller, replace(lead, institution_id=institution_id), LeadEvent.ROUTE, state, None)


async def decide(tx: Tx, caller: Caller, *, lead_id: UUID, accepted: bool, reason: str | None) -> LeadView:
    """The institution answers. A rejected lead's contact is erased; an accepted one's is kept for its retention."""
    lead = await _locked(tx, caller, lead_id)
    event = LeadEvent.ACCEPT if accepted else LeadEvent.REJECT
    state = rules.next_state(lead, event, await roles(tx.connection, caller, lead), tx.now)
    if accepted:
        erase_at = tx.now + timedelta(days=LeadDeadlines.read(tx.settings).retention_days)
        await contact_queries.keep_until(tx.connection, lead.contact_id, erase_at)
    return await _moved(tx, caller, lead, event, state, reason)


async def withdraw(tx: Tx, caller: Caller, *, lead_id: UUID, reason: str | None) -> LeadView:
    """The customer takes her consent back: the lead ends, her contact is erased, and she may ask anew."""
    lead = await _locked(tx, caller, lead_id)
    state = rules.next_state(lead, LeadEvent.WITHDRAW, await roles(tx.connection, caller, lead), tx.now)
    await consent_actions.take_back(tx, lead.consent_id)
    await queries.release_guard(tx.connection, lead.id)
    return await _moved(tx, caller, lead, LeadEvent.WITHDRAW, state, reason)


async def expire(tx: Tx, caller: Caller, *, lead_id: UUID) -> LeadView | None:
    """Time ends a lead that is past its deadline; None if something else ended its state first."""
    lead = await queries.load(tx.connection, lead_id, lock=True)
    if lead is None or lead.due_at is None or lead.due_at > tx.now:
        return None
    state = rules.next_state(lead, LeadEvent.EXPIRE, {Role.TIME}, tx.now)
    await queries.release_guard(tx.connection, lead.id)
    return await _moved(tx, caller, lead, LeadEvent.EXPIRE, state, rules.expiry_reason(lead.state))


async def roles(connection: AsyncConnection, caller: Caller, lead: Lead) -> set[Role]:
    """What the caller is to the lead. An institution only once the lead was sent to it."""
    found = set()
    if caller.may(OPERATE):
        found.add(Role.OPERATOR)
    if caller.party == lead.customer:
        found.add(Role.CUSTOMER)
    if institution_of(caller) == lead.institution_id is not None and await queries.was_sent(connection, lead.id):
        found.add(Role.INSTITUTION)
    return found


def institution_of(caller: Caller) -> UUID | None:
    """The institution whose token this is (`ins_…`)."""
    try:
        return decode("ins", caller.party)
    except MalformedId:
        return None


async def _locked(tx: Tx, caller: Caller, lead_id: UUID) -> Lead:
    """The lead, locked. Another's answers as an unknown one does."""
    lead = await queries.load(tx.connection, lead_id, lock=True)
    if lead is None or not await roles(tx.connection, caller, lead):
        raise NoSuchLead("no such lead", field="lead_id")
    return lead


async def _guard(tx: Tx, vault: ContactVault, lead: Lead, facts: ContactFacts) -> None:
    """One person, one product, once in 30 days: by customer, and by mobile number whoever signs up with it."""
    customer = vault.keys.index(f"customer\0{lead.customer}")
    mobile = vault.keys.index(fingerprint_text(facts))
    until = tx.now + timedelta(days=rules.DUPLICATE_DAYS)
    if await queries.guard(
        tx.connection,
        product_id=lead.product_id,
        persons=(customer, mobile),
        lead_id=lead.id,
        until=until,
        now=tx.now,
    ):
        return
    earlier = await queries.holder(tx.connection, lead.product_id, customer, tx.now)
    # Only her own earlier lead is named: a number that another customer used tells nothing about that customer.
    facts_shown = {} if earlier in (None, lead.id) else {"lead_id": encode("lea", earlier)}
    raise DuplicateLead(
        f"this person asked for this product within {rules.DUPLICATE_DAYS} days", field="product_id", **facts_shown
    )


async def _obstacle(tx: Tx, lead: Lead) -> tuple[str | None, UUID | None]:
    product = await product_queries.load(tx.connection, lead.product_id)
    if product is None or product.institution_id is None:
        return rules.routing_obstacle(None, "", tx.today), None
    institution = await institution_queries.load(tx.connection, product.institution_id)
    return rules.routing_obstacle(institution, product.kind, tx.today), product.institution_id


async def _moved(
    tx: Tx, caller: Caller, lead: Lead, event: LeadEvent, state: LeadState, reason: str | None
) -> LeadView:
    due_at = rules.due_at(state, tx.now, LeadDeadlines.read(tx.settings))
    moved = replace(lead, state=state, reason=reason, changed_at=tx.now, due_at=due_at)
    await queries.save(tx.connection, moved)
    await queries.add_step(tx.connection, moved, event, caller.party, reason)
    if state in rules.FINAL:
        await contact_actions.erase(tx, lead.contact_id)
    tx.events.add(TYPE_OF_STATE[state], encode("lea", lead.id), told(moved).model_dump(mode="json"))
    return (await queries.views(tx.connection, [moved]))[0]


def _new_lead(
    tx: Tx, customer: str, product: Product, application: Application, contact_id: UUID, consent_id: UUID
) -> Lead:
    return Lead(
        id=tx.ids.new(),
        product_id=product.id,
        product_version=product.version,
        institution_id=product.institution_id,
        customer=customer,
        contact_id=contact_id,
        consent_id=consent_id,
        amount_minor=application.amount_minor,
        currency=application.currency,
        state=LeadState.NEW,
        reason=None,
        created_at=tx.now,
        changed_at=tx.now,
        due_at=rules.due_at(LeadState.NEW, tx.now, LeadDeadlines.read(tx.settings)),
    )
