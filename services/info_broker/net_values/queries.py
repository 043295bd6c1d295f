"""The SQL of net values."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.info_broker.net_values.model import NetValue, NetValueDraft
from services.info_broker.net_values.tables import net_values

_COLUMNS = [net_values.c[name] for name in NetValue.__slots__]
# Days that say the same as their newest version add nothing. In one order, so that two imports of one file wait for each other.
_SAVE = text("""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS t(product_id uuid, valued_on date, unit_value numeric, distribution text)
    ), newest AS (
        SELECT DISTINCT ON (product_id, valued_on) held.*
        FROM net_values AS held JOIN given USING (product_id, valued_on) ORDER BY product_id, valued_on, held.version DESC
    ), added AS (
        INSERT INTO net_values (product_id, valued_on, version, unit_value, distribution, known_since_at)
        SELECT given.product_id, given.valued_on, coalesce(newest.version, 0) + 1, given.unit_value, given.distribution, :now
        FROM given LEFT JOIN newest USING (product_id, valued_on)
        WHERE newest.version IS NULL
            OR (newest.unit_value, newest.distribution) IS DISTINCT FROM (given.unit_value, given.distribution)
        ORDER BY given.product_id, given.valued_on
        ON CONFLICT DO NOTHING RETURNING version
    )
    SELECT count(*) FILTER (WHERE version = 1) AS created, count(*) FILTER (WHERE version > 1) AS changed FROM added
""")


async def save(connection: AsyncConnection, drafts: Sequence[NetValueDraft], now: datetime) -> tuple[int, int]:
    """How many days are new, and how many were corrected."""
    rows = [
        {
            "product_id": str(draft.product_id),
            "valued_on": draft.valued_on.isoformat(),
            "unit_value": str(draft.unit_value),
            "distribution": draft.distribution,
        }
        for draft in drafts
    ]
    row = (await connection.execute(_SAVE, {"rows": json.dumps(rows), "now": now})).one()
    return row.created, row.changed


async def find(
    connection: AsyncConnection,
    product_id: UUID,
    *,
    first: date | None,
    last: date | None,
    before: date | None,
    limit: int,
) -> Sequence[NetValue]:
    """The newest version of each day, the newest day first, at most limit + 1."""
    day = net_values.c.valued_on
    wanted = select(*_COLUMNS).ext(distinct_on(day)).where(net_values.c.product_id == product_id)
    for bound in (
        None if first is None else day >= first,
        None if last is None else day <= last,
        None if before is None else day < before,
    ):
        if bound is not None:
            wanted = wanted.where(bound)
    rows = await connection.execute(wanted.order_by(day.desc(), net_values.c.version.desc()).limit(limit + 1))
    return [NetValue(**row._mapping) for row in rows]
