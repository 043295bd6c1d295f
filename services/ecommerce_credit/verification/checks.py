"""The audit: what must hold in this service's tables whatever happened, each with how many records were looked at."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from chassis.ids import encode
from services.ecommerce_credit.verification import queries
from services.ecommerce_credit.verification.model import Check, Movement

PATIENCE = timedelta(minutes=5)
"""What periodic work and movements may be late by before they count as stuck."""


async def run(connection: AsyncConnection, now: datetime, movements: list[Movement], zone: ZoneInfo) -> list[Check]:
    late = now - PATIENCE
    looked = await queries.checks(connection) | await queries.past_deadline(connection, late)
    looked["interest_not_closed"] = await queries.not_closed(connection, business_day(late, zone))
    found = [
        Check(name, examined, tuple(encode(queries.PREFIXES[name], one) for one in offending))
        for name, (examined, offending) in looked.items()
    ]
    old = tuple(movement.record for movement in movements if movement.since_at < late)
    return [*found, Check("movement_too_old", len(movements), old)]
