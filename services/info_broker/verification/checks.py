"""The audit: what must hold in this service's tables whatever happened, each with how many records were looked at."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.info_broker.contacts import queries as contact_queries
from services.info_broker.institutions import queries as institution_queries
from services.info_broker.leads import queries as lead_queries
from services.info_broker.products import queries as product_queries

# What periodic work may be late by before a state counts as stuck.
PATIENCE = timedelta(minutes=5)
Looked = tuple[int, list[UUID]]


@dataclass(frozen=True, slots=True)
class Check:
    """examined: records looked at; offending: ids of those that fail."""

    name: str
    examined: int
    offending: tuple[str, ...]


async def run(connection: AsyncConnection, now: datetime) -> list[Check]:
    late = now - PATIENCE
    checks: Mapping[tuple[str, str], Callable[[], Awaitable[Looked]]] = {
        ("lead_past_deadline", "lea"): lambda: lead_queries.stuck(connection, late),
        ("lead_without_consent", "lea"): lambda: lead_queries.without_consent(connection),
        ("lead_state_without_its_step", "lea"): lambda: lead_queries.with_other_last_step(connection),
        ("contact_kept_after_lead_ended", "lea"): lambda: lead_queries.with_contact_kept_past_purpose(connection),
        ("contact_past_retention", "con"): lambda: contact_queries.kept_too_long(connection, late),
        ("product_without_its_version", "prd"): lambda: product_queries.without_own_version(connection),
        ("institution_without_its_version", "ins"): lambda: institution_queries.without_own_version(connection),
    }
    found = []
    for (name, prefix), look in checks.items():
        examined, offending = await look()
        found.append(Check(name, examined, tuple(encode(prefix, one) for one in offending)))
    return found
