"""The SQL of the day close: every open day of a slice of drawings in one statement, exact in numeric arithmetic."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.interest.model import DayOfInterest
from services.ecommerce_credit.interest.tables import interest_days

_COLUMNS = [interest_days.c[name] for name in DayOfInterest.__slots__]
_ACCRUE = """
    WITH due AS (
        SELECT id, outstanding_minor, daily_rate, accrued_to_on AS from_on,
            least(CAST(:today AS date), accrued_to_on + CAST(:most_days AS integer)) AS until_on
        FROM drawings WHERE {which} AND state = 'outstanding' AND accrued_to_on < CAST(:today AS date)
        ORDER BY {order} LIMIT :slice FOR UPDATE {waiting}
    ), closed AS (
        INSERT INTO interest_days (drawing_id, accrued_on, principal_minor, daily_rate, interest)
        SELECT id, from_on + day, outstanding_minor, daily_rate, outstanding_minor * daily_rate
        FROM due CROSS JOIN LATERAL generate_series(0, until_on - from_on - 1) AS day
    )
    UPDATE drawings SET accrued_to_on = until_on,
        interest_accrued = interest_accrued + drawings.outstanding_minor * drawings.daily_rate * (until_on - from_on)
    FROM due WHERE drawings.id = due.id
"""
# A drawing under repayment waits: its repayment is of the day on which it was asked for, and the days after it close on what it leaves.
# One that somebody holds is left for the next run.
_CLOSE = text(_ACCRUE.format(which="repayment_id IS NULL", order="accrued_to_on, id", waiting="SKIP LOCKED"))
_CATCH_UP = text(_ACCRUE.format(which="id = ANY(CAST(:ids AS uuid[]))", order="id", waiting=""))
NO_BOUND = 2_000_000


async def close_slice(connection: AsyncConnection, today: date, *, drawings: int, days: int) -> int:
    """Close the open days before today of so many drawings, at most so many days each. How many drawings were touched."""
    given = {"today": today, "most_days": days, "slice": drawings}
    return (await connection.execute(_CLOSE, given)).rowcount


async def catch_up(connection: AsyncConnection, drawing_ids: Sequence[UUID], today: date) -> None:
    """Close every open day before today of these locked drawings."""
    given = {"today": today, "most_days": NO_BOUND, "slice": len(drawing_ids), "ids": list(drawing_ids)}
    await connection.execute(_CATCH_UP, given)


async def days(connection: AsyncConnection, drawing_id: UUID, *, after: date, limit: int) -> list[DayOfInterest]:
    """Oldest first, at most limit + 1."""
    wanted = (
        select(*_COLUMNS)
        .where(interest_days.c.drawing_id == drawing_id, interest_days.c.accrued_on > after)
        .order_by(interest_days.c.accrued_on)
        .limit(limit + 1)
    )
    return [DayOfInterest(**row._mapping) for row in await connection.execute(wanted)]
