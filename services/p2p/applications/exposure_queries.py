"""What one person owes here and is about to, under whatever customer she applied."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('p2p.person ' || encode(CAST(:person AS bytea), 'hex'), 0))"
)
_EXPOSURE = text("""
    SELECT coalesce((SELECT sum(loans.outstanding_minor) FROM declarations
            JOIN loans ON loans.application_id = declarations.application_id
            WHERE person = :person AND currency = :currency), 0)
        + coalesce((SELECT sum(listings.amount_minor) FROM declarations
            JOIN listings ON listings.application_id = declarations.application_id
            WHERE person = :person AND currency = :currency AND listings.state IN ('draft', 'open', 'full')), 0)
""")
_DECLINED_SINCE = text("""
    SELECT max(taken_at) FROM declarations JOIN applications ON applications.id = declarations.application_id
    JOIN application_decisions ON application_decisions.application_id = applications.id
    WHERE person = :person AND applications.state IN ('declined', 'withdrawn', 'expired')
        AND application_decisions.state = 'declined'
        AND origination = :origination AND originator_id IS NOT DISTINCT FROM CAST(:originator AS uuid)
        AND NOT EXISTS (SELECT FROM application_decisions AS later WHERE later.application_id = applications.id
            AND later.state = 'approved' AND later.number > application_decisions.number)
        AND NOT EXISTS (SELECT FROM application_checks
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


async def last_declined_at(
    connection: AsyncConnection, person: bytes, origination: str, originator_id: UUID | None
) -> datetime | None:
    """When an application of hers that came the same way was declined, also one that was taken back or ran out since.

    Not one of somebody who was found not to be her, nor one that was approved after all.
    """
    facts = {"person": person, "origination": origination, "originator": originator_id}
    found: datetime | None = (await connection.execute(_DECLINED_SINCE, facts)).scalar_one()
    return found


async def alone(connection: AsyncConnection, person: bytes) -> None:
    """Until the end of the transaction nobody else begins an application of hers, under whatever customer."""
    await connection.execute(_ALONE, {"person": person})


async def other_under_way(connection: AsyncConnection, person: bytes, but: UUID) -> bool:
    """Whether another application of hers is under way."""
    return bool((await connection.execute(_UNDER_WAY, {"person": person, "but": but})).scalar_one())
