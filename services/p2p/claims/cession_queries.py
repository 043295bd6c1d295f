"""The SQL of claims that passed to whoever paid for a loss."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.model import Cession
from services.p2p.claims.tables import claim_cessions

_COLUMNS = [claim_cessions.c[name] for name in Cession.__slots__]


async def add(connection: AsyncConnection, cessions: Sequence[Cession]) -> None:
    await connection.execute(insert(claim_cessions), [asdict(one) for one in cessions])


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Cession]:
    """In one order: by compensation, then claim."""
    wanted = select(*_COLUMNS).where(claim_cessions.c.loan_id == loan_id)
    wanted = wanted.order_by(claim_cessions.c.id, claim_cessions.c.from_claim_id)
    return [Cession(**row._mapping) for row in await connection.execute(wanted)]
