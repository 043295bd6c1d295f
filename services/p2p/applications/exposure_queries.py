"""What one person owes here and is about to, under whatever customer she applied."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_EXPOSURE = text("""
    SELECT coalesce((SELECT sum(loans.outstanding_minor) FROM declarations
            JOIN loans ON loans.application_id = declarations.application_id
            WHERE person = :person AND currency = :currency), 0)
        + coalesce((SELECT sum(listings.amount_minor) FROM declarations
            JOIN listings ON listings.application_id = declarations.application_id
            WHERE person = :person AND currency = :currency AND listings.state IN ('draft', 'open', 'full')), 0)
""")
_DECLINED_SINCE = text("""
    SELECT max(applications.changed_at) FROM declarations JOIN applications ON applications.id = application_id
    WHERE person = :person AND state = 'declined' AND NOT EXISTS (SELECT FROM application_checks
        WHERE application_checks.application_id = applications.id AND kind = 'identity' AND application_checks.state = 'failed')
""")
_UNDER_WAY = text("""
    SELECT EXISTS (SELECT FROM declarations JOIN applications ON applications.id = application_id
        WHERE person = :person AND applications.id <> :but
        AND state IN ('keyed', 'checking', 'in_review', 'proposed', 'approved', 'listed'))
""")


async def exposure(connection: AsyncConnection, person: bytes, currency: str) -> int:
    """Principal outstanding, loans on their way included, and what is listed and not yet contracted; minor units."""
    found = await connection.execute(_EXPOSURE, {"person": person, "currency": currency})
    return int(found.scalar_one())


async def last_declined_at(connection: AsyncConnection, person: bytes) -> datetime | None:
    """When an application of hers that still stands declined was; not one of somebody who was found not to be her."""
    found: datetime | None = (await connection.execute(_DECLINED_SINCE, {"person": person})).scalar_one()
    return found


async def other_under_way(connection: AsyncConnection, person: bytes, but: UUID) -> bool:
    """Whether another application of hers is under way."""
    return bool((await connection.execute(_UNDER_WAY, {"person": person, "but": but})).scalar_one())
