"""The partitions of the log. What makes one is a function of the owner's: the service's role may change no table."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.months import Span

# What no other partition holds is the default's, which has no bounds: it is no span.
_SPANS = text(r"""SELECT substring(bounds FROM 'FROM \(''([^'']*)''\)')::timestamptz,
        substring(bounds FROM 'TO \(''([^'']*)''\)')::timestamptz
    FROM (
        SELECT pg_get_expr(partition.relpartbound, partition.oid) AS bounds
        FROM pg_inherits JOIN pg_class AS partition ON partition.oid = inhrelid WHERE inhparent = 'public.ledger_transfers'::regclass
    ) AS partitions WHERE bounds LIKE 'FOR VALUES %'""")
_MAKE = text("SELECT public.make_ledger_month(:month)")
# While the default partition is looked through for rows of the month, nobody reads the log; it is hardly ever large.
_AT_MOST = text("SET LOCAL statement_timeout = '2s'")


async def spans(connection: AsyncConnection) -> list[Span]:
    return [Span(*row) for row in await connection.execute(_SPANS)]


async def make_month(connection: AsyncConnection, month: date) -> str:
    """`made`; `there`, if another process was first; `left`, if rows of the month are in the default partition, where they stay; `busy`, if
    others stood in the way: to be tried again."""
    await connection.execute(_AT_MOST)
    return str((await connection.execute(_MAKE, {"month": month})).scalar_one())
