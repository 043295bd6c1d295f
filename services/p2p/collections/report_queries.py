"""The SQL of reports: from which lateness to which running loans went between the ends of two days, as their closes saw them."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.servicing.tables import day_closes, loan_accruals


class Went(NamedTuple):
    """Days past due at the end of the one day and of the other, None where the loan did not run; how many loans, and what they owed of
    principal at either, minor units."""

    then: int | None
    now: int | None
    loans: int
    then_minor: int
    now_minor: int


async def not_closed(connection: AsyncConnection, days: Iterable[date]) -> list[date]:
    """Of the days those of which nobody knows yet how late loans were at their end."""
    wanted = select(day_closes.c.day).where(day_closes.c.day.in_(list(days)), day_closes.c.state == "closed")
    known = set((await connection.execute(wanted)).scalars())
    return [day for day in days if day not in known]


async def moves(connection: AsyncConnection, before: date, after: date, currency: str) -> list[Went]:
    then, now = _at(before, currency, "then"), _at(after, currency, "now")
    joined = then.join(now, then.c.loan_id == now.c.loan_id, full=True)
    owed = [func.coalesce(func.sum(side.c.outstanding_minor), 0) for side in (then, now)]
    key = (then.c.days_past_due, now.c.days_past_due)
    found = await connection.execute(select(*key, func.count(), *owed).select_from(joined).group_by(*key))
    return [Went(late, later, loans, int(owed), int(still)) for late, later, loans, owed, still in found]


def _at(day: date, currency: str, name: str) -> Subquery:
    accruals = loan_accruals.c
    wanted = select(accruals.loan_id, accruals.days_past_due, accruals.outstanding_minor)
    running = (accruals.on_day == day, accruals.currency == currency, accruals.outstanding_minor > 0)
    return wanted.where(*running).subquery(name)
