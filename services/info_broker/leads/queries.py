"""The SQL of leads."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.consents import queries as consent_queries
from services.info_broker.consents.tables import consents
from services.info_broker.contacts import queries as contact_queries
from services.info_broker.contacts.tables import contacts
from services.info_broker.leads.model import Lead, LeadEvent, LeadState, LeadView, Step
from services.info_broker.leads.rules import OPEN
from services.info_broker.leads.tables import lead_guards, lead_steps, leads

_COLUMNS = [leads.c[name] for name in Lead.__slots__]
_NEW = text("state = 'new'")


async def add(connection: AsyncConnection, lead: Lead) -> None:
    await connection.execute(insert(leads).values(asdict(lead)))


async def guard(
    connection: AsyncConnection,
    *,
    product_id: UUID,
    persons: Iterable[bytes],
    lead_id: UUID,
    until: datetime,
    now: datetime,
) -> bool:
    """Take the product for these persons until then. False if any of them holds it for another lead.

    The rows are written in one order, so two leads of one person at once wait for each other and one of them wins.
    """
    rows = [
        {"product_id": product_id, "person": person, "lead_id": lead_id, "held_until": until}
        for person in sorted(persons)
    ]
    wanted = upsert(lead_guards).values(rows)
    taken = wanted.on_conflict_do_update(
        index_elements=["product_id", "person"],
        set_={"lead_id": wanted.excluded.lead_id, "held_until": wanted.excluded.held_until},
        where=lead_guards.c.held_until <= now,
    ).returning(lead_guards.c.person)
    return len((await connection.execute(taken)).all()) == len(rows)


async def release_guard(connection: AsyncConnection, lead_id: UUID) -> None:
    await connection.execute(delete(lead_guards).where(lead_guards.c.lead_id == lead_id))


async def holder(connection: AsyncConnection, product_id: UUID, person: bytes, now: datetime) -> UUID | None:
    """Which lead keeps this person from another one for the product."""
    held = select(lead_guards.c.lead_id).where(
        lead_guards.c.product_id == product_id, lead_guards.c.person == person, lead_guards.c.held_until > now
    )
    return (await connection.execute(held)).scalar_one_or_none()


async def load(connection: AsyncConnection, lead_id: UUID, *, lock: bool = False) -> Lead | None:
    wanted = select(*_COLUMNS).where(leads.c.id == lead_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _lead(row)


async def views(connection: AsyncConnection, found: Sequence[Lead]) -> list[LeadView]:
    """The same leads, in the same order, with contact and consent."""
    kept = await contact_queries.load_many(connection, [lead.contact_id for lead in found])
    given = await consent_queries.load_many(connection, [lead.consent_id for lead in found])
    return [LeadView(lead, kept[lead.contact_id], given[lead.consent_id]) for lead in found]


async def find(
    connection: AsyncConnection,
    *,
    customer: str | None,
    institution_id: UUID | None,
    state: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Lead]:
    """Newest first, at most limit + 1. institution_id: only leads that were sent to it."""
    wanted = select(*_COLUMNS).order_by(leads.c.id.desc()).limit(limit + 1)
    if customer is not None:
        wanted = wanted.where(leads.c.customer == customer)
    if institution_id is not None:
        sent = select(lead_steps.c.lead_id).where(lead_steps.c.state == LeadState.ROUTED)
        wanted = wanted.where(leads.c.institution_id == institution_id, leads.c.id.in_(sent))
    if state is not None:
        wanted = wanted.where(leads.c.state == state)
    if before is not None:
        wanted = wanted.where(leads.c.id < before)
    return [_lead(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, lead: Lead) -> None:
    """Write what may change of a lead that the caller has locked."""
    changing = ("institution_id", "state", "reason", "changed_at", "due_at")
    values = {name: getattr(lead, name) for name in changing}
    await connection.execute(update(leads).where(leads.c.id == lead.id).values(values))


async def add_step(
    connection: AsyncConnection, lead: Lead, event: LeadEvent | None, taken_by: str, reason: str | None
) -> None:
    number = select(func.count() + 1).where(lead_steps.c.lead_id == lead.id).scalar_subquery()
    await connection.execute(
        insert(lead_steps).values(
            lead_id=lead.id,
            number=number,
            event=event,
            state=lead.state,
            taken_by=taken_by,
            taken_at=lead.changed_at,
            reason=reason,
        )
    )


async def steps(connection: AsyncConnection, lead_id: UUID) -> Sequence[Step]:
    rows = await connection.execute(
        select(*[lead_steps.c[name] for name in Step.__slots__])
        .where(lead_steps.c.lead_id == lead_id)
        .order_by(lead_steps.c.number)
    )
    return [
        Step(
            row.lead_id,
            row.number,
            None if row.event is None else LeadEvent(row.event),
            LeadState(row.state),
            row.taken_by,
            row.taken_at,
            row.reason,
        )
        for row in rows
    ]


async def was_sent(connection: AsyncConnection, lead_id: UUID) -> bool:
    sent = select(lead_steps.c.number).where(lead_steps.c.lead_id == lead_id, lead_steps.c.state == LeadState.ROUTED)
    return (await connection.execute(sent.limit(1))).one_or_none() is not None


async def waiting_to_be_routed(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[UUID]:
    """New leads within their deadline, the oldest first."""
    wanted = select(leads.c.id).where(_NEW, leads.c.due_at > now).order_by(leads.c.created_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def past_deadline(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[UUID]:
    wanted = select(leads.c.id).where(leads.c.due_at <= now).order_by(leads.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def stuck(connection: AsyncConnection, before: datetime) -> tuple[int, list[UUID]]:
    """For the audit: open leads, and those among them whose deadline passed before that instant."""
    rows = (await connection.execute(select(leads.c.id, leads.c.due_at).where(leads.c.state.in_(OPEN)))).all()
    return len(rows), [row.id for row in rows if row.due_at < before]


async def without_consent(connection: AsyncConnection) -> tuple[int, list[UUID]]:
    """For the audit: all leads, and those whose consent is another's or withdrawn while the lead goes on."""
    rows = (
        await connection.execute(
            select(
                leads.c.id, leads.c.customer, leads.c.state, consents.c.customer.label("giver"), consents.c.withdrawn_at
            ).join(consents, consents.c.id == leads.c.consent_id)
        )
    ).all()
    going_on = (*OPEN, LeadState.ACCEPTED)
    return len(rows), [
        row.id for row in rows if row.giver != row.customer or (row.withdrawn_at is not None and row.state in going_on)
    ]


async def with_contact_kept_past_purpose(connection: AsyncConnection) -> tuple[int, list[UUID]]:
    """For the audit: leads that are over, and those among them whose contact was not erased."""
    rows = (
        await connection.execute(
            select(leads.c.id, contacts.c.erased_at)
            .join(contacts, contacts.c.id == leads.c.contact_id)
            .where(leads.c.state.not_in((*OPEN, LeadState.ACCEPTED)))
        )
    ).all()
    return len(rows), [row.id for row in rows if row.erased_at is None]


async def with_other_last_step(connection: AsyncConnection) -> tuple[int, list[UUID]]:
    """For the audit: all leads, and those whose last step does not say their state."""
    last = (
        select(lead_steps.c.lead_id, lead_steps.c.state)
        .ext(distinct_on(lead_steps.c.lead_id))
        .order_by(lead_steps.c.lead_id, lead_steps.c.number.desc())
        .subquery()
    )
    rows = (
        await connection.execute(
            select(leads.c.id, leads.c.state, last.c.state.label("told")).outerjoin(last, last.c.lead_id == leads.c.id)
        )
    ).all()
    return len(rows), [row.id for row in rows if row.told != row.state]


def _lead(row: Any) -> Lead:
    values = {name: getattr(row, name) for name in Lead.__slots__}
    return Lead(**values | {"state": LeadState(row.state)})
