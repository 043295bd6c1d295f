"""The SQL of reports: from which lateness to which running loans went between two instants."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Subquery, and_, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.collections.arrears_queries import alive_on
from services.p2p.collections.tables import collection_case_steps, collection_cases


class Went(NamedTuple):
    """Days past due at the one instant and at the other, None where the loan did not run, and how many loans."""

    then: int | None
    now: int | None
    loans: int


async def moves(connection: AsyncConnection, before: datetime, after: datetime) -> list[Went]:
    then, now = _days_at(before, "late_then"), _days_at(after, "late_now")
    each = select(then.c.days.label("then"), now.c.days.label("now")).select_from(
        then.join(now, then.c.id == now.c.id, full=True)
    )
    sides = each.subquery()
    wanted = select(sides.c.then, sides.c.now, func.count()).group_by(sides.c.then, sides.c.now)
    return [Went(*row) for row in await connection.execute(wanted)]


def _days_at(end: datetime, name: str) -> Subquery:
    """Each loan that ran, with its days past due by the last that happened to its case; 0 without a case."""
    steps, cases = collection_case_steps.c, collection_cases.c
    last: Any = (
        select(cases.loan_id, steps.days_past_due, steps.state)
        .ext(distinct_on(cases.loan_id))
        .join(collection_cases, cases.id == steps.case_id)
        .where(steps.taken_at < end)
        .order_by(cases.loan_id, steps.taken_at.desc(), steps.case_id.desc(), steps.number.desc())
        .subquery(f"{name}_steps")
    )
    alive = alive_on(end).subquery(f"{name}_alive")
    late = and_(last.c.state != "closed", last.c.days_past_due.is_not(None))
    days = case((late, last.c.days_past_due), else_=0)
    joined = alive.outerjoin(last, last.c.loan_id == alive.c.id)
    return select(alive.c.id, days.label("days")).select_from(joined).subquery(name)
