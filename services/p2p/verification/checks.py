"""The audit: what must hold in this service's tables whatever happened, each with how many records were looked at."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import encode
from services.p2p.verification import borrower_queries, collections_queries, custody_queries, queries
from services.p2p.verification.model import Check, Movement

PATIENCE = timedelta(minutes=5)
"""What periodic work and movements may be late by before they count as stuck."""
PREFIXES = queries.PREFIXES | collections_queries.PREFIXES | borrower_queries.PREFIXES | custody_queries.PREFIXES
"""Check → what the ids are of that it finds."""


async def run(connection: AsyncConnection, now: datetime, movements: list[Movement]) -> list[Check]:
    looked = await queries.checks(connection) | await queries.past_deadline(connection, now - PATIENCE)
    looked |= await collections_queries.checks(connection)
    looked |= await borrower_queries.checks(connection, now - PATIENCE)
    looked |= await custody_queries.checks(connection, now - PATIENCE)
    found = [
        Check(name, examined, tuple(encode(PREFIXES[name], one) for one in offending))
        for name, (examined, offending) in looked.items()
    ]
    old = tuple(movement.record for movement in movements if movement.since_at < now - PATIENCE)
    return [*found, Check("movement_too_old", len(movements), old)]
