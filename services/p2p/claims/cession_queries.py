"""The SQL of claims that passed on."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.model import Cession
from services.p2p.claims.tables import claim_cessions
from services.p2p.loans.tables import loan_rows

_COLUMNS = [claim_cessions.c[name] for name in Cession.__slots__]


async def add(connection: AsyncConnection, cessions: Sequence[Cession]) -> None:
    await connection.execute(insert(claim_cessions), [asdict(one) for one in cessions])


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Cession]:
    """In one order: by what made them pass, then claim."""
    wanted = select(*_COLUMNS).where(claim_cessions.c.loan_id == loan_id)
    wanted = wanted.order_by(claim_cessions.c.id, claim_cessions.c.from_claim_id)
    return [Cession(**row._mapping) for row in await connection.execute(wanted)]


async def count(connection: AsyncConnection, loan_id: UUID) -> int:
    wanted = select(func.count()).where(claim_cessions.c.loan_id == loan_id)
    return int((await connection.execute(wanted)).scalar_one())


async def unpaid(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[Cession]]:
    """Those of each loan that count for the interest of a row which is not paid."""
    since = (
        select(loan_rows.c.loan_id, func.min(loan_rows.c.from_on).label("from_on"))
        .where(loan_rows.c.loan_id.in_(loan_ids), loan_rows.c.paid_at.is_(None))
        .group_by(loan_rows.c.loan_id)
        .subquery()
    )
    wanted = (
        select(*_COLUMNS)
        .join(since, since.c.loan_id == claim_cessions.c.loan_id)
        .where(claim_cessions.c.interest_from_on > since.c.from_on)
        .order_by(claim_cessions.c.id, claim_cessions.c.from_claim_id)
    )
    found: dict[UUID, list[Cession]] = {loan_id: [] for loan_id in loan_ids}
    for row in await connection.execute(wanted):
        found[row.loan_id].append(Cession(**row._mapping))
    return found
