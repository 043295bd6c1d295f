"""The SQL of repayments."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import business_day
from services.p2p.claims.model import Received
from services.p2p.repayments.model import Repayment, RepaymentState, Share, ShareKind
from services.p2p.repayments.tables import repayment_shares, repayments

_COLUMNS = [repayments.c[name] for name in Repayment.__slots__]
_SHARE = [repayment_shares.c[name] for name in Share.__slots__]


async def add(connection: AsyncConnection, repayment: Repayment, shares: Sequence[Share]) -> None:
    await connection.execute(insert(repayments).values(_values(repayment)))
    rows = [asdict(share) | {"kind": share.kind.value} for share in shares]
    await connection.execute(insert(repayment_shares), rows)


async def load(connection: AsyncConnection, repayment_id: UUID, *, lock: bool = False) -> Repayment | None:
    wanted = select(*_COLUMNS).where(repayments.c.id == repayment_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _repayment(row)


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> list[Repayment]:
    """Oldest first; refused ones too."""
    wanted = select(*_COLUMNS).where(repayments.c.loan_id == loan_id).order_by(repayments.c.id)
    return [_repayment(row) for row in await connection.execute(wanted)]


async def attempts(connection: AsyncConnection, loan_id: UUID, number: int) -> int:
    wanted = select(func.count()).where(repayments.c.loan_id == loan_id, repayments.c.row_number == number)
    return int((await connection.execute(wanted)).scalar_one())


async def under_way(connection: AsyncConnection, loan_id: UUID) -> bool:
    wanted = select(repayments.c.id).where(
        repayments.c.loan_id == loan_id, repayments.c.state == RepaymentState.PENDING.value
    )
    return (await connection.execute(wanted)).first() is not None


async def shares(connection: AsyncConnection, repayment_id: UUID) -> list[Share]:
    """In one order: by claim, then kind."""
    wanted = (
        select(*_SHARE)
        .where(repayment_shares.c.repayment_id == repayment_id)
        .order_by(repayment_shares.c.claim_id, repayment_shares.c.kind)
    )
    return [Share(**dict(row._mapping) | {"kind": ShareKind(row.kind)}) for row in await connection.execute(wanted)]


async def received(connection: AsyncConnection, claim_ids: Sequence[UUID], zone: ZoneInfo) -> list[Received]:
    """What claims were paid, by claim and repayment."""
    amount = repayment_shares.c.amount_minor
    wanted = (
        select(
            repayment_shares.c.claim_id,
            repayments.c.changed_at,
            func.coalesce(func.sum(amount).filter(repayment_shares.c.kind == "principal"), 0).label("principal"),
            func.coalesce(func.sum(amount).filter(repayment_shares.c.kind == "interest"), 0).label("interest"),
        )
        .join(repayments, repayments.c.id == repayment_shares.c.repayment_id)
        .where(repayment_shares.c.claim_id.in_(claim_ids), repayments.c.state == RepaymentState.SHARED.value)
        .group_by(repayment_shares.c.claim_id, repayments.c.id)
        .order_by(repayments.c.id)
    )
    return [
        Received(row.claim_id, business_day(row.changed_at, zone), int(row.principal), int(row.interest))
        for row in await connection.execute(wanted)
    ]


async def save(connection: AsyncConnection, repayment: Repayment) -> None:
    await connection.execute(update(repayments).where(repayments.c.id == repayment.id).values(_values(repayment)))


def _values(repayment: Repayment) -> dict[str, Any]:
    return asdict(repayment) | {"state": repayment.state.value}


def _repayment(row: Any) -> Repayment:
    return Repayment(**dict(row._mapping) | {"state": RepaymentState(row.state)})
