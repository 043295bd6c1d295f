"""The SQL of repayments."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.repayments.model import Part, PartKind, Repayment, RepaymentState
from services.ecommerce_credit.repayments.tables import repayment_parts, repayments

_COLUMNS = [repayments.c[name] for name in Repayment.__slots__]
_PART = [repayment_parts.c[name] for name in Part.__slots__]


async def add(connection: AsyncConnection, repayment: Repayment, parts: Sequence[Part]) -> None:
    await connection.execute(insert(repayments).values(_values(repayment)))
    rows = [asdict(part) | {"kind": part.kind.value} for part in parts]
    await connection.execute(insert(repayment_parts), rows)


async def load(connection: AsyncConnection, repayment_id: UUID, *, lock: bool = False) -> Repayment | None:
    wanted = select(*_COLUMNS).where(repayments.c.id == repayment_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _repayment(row)


async def find(
    connection: AsyncConnection,
    *,
    borrower: str | None,
    line_id: UUID | None,
    drawing_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Repayment]:
    """Newest first, refused ones too, at most limit + 1. borrower: None for everybody's."""
    wanted = select(*_COLUMNS).order_by(repayments.c.id.desc()).limit(limit + 1)
    if borrower is not None:
        wanted = wanted.where(repayments.c.borrower == borrower)
    if line_id is not None:
        wanted = wanted.where(repayments.c.line_id == line_id)
    if drawing_id is not None:
        touching = select(repayment_parts.c.repayment_id).where(repayment_parts.c.drawing_id == drawing_id)
        wanted = wanted.where(repayments.c.id.in_(touching))
    if before is not None:
        wanted = wanted.where(repayments.c.id < before)
    return [_repayment(row) for row in await connection.execute(wanted)]


async def parts(connection: AsyncConnection, repayment_ids: Sequence[UUID]) -> dict[UUID, list[Part]]:
    """Of each repayment, in one order: by drawing, interest before principal."""
    wanted = (
        select(*_PART)
        .where(repayment_parts.c.repayment_id.in_(repayment_ids))
        .order_by(repayment_parts.c.repayment_id, repayment_parts.c.drawing_id, repayment_parts.c.kind)
    )
    found: dict[UUID, list[Part]] = {repayment_id: [] for repayment_id in repayment_ids}
    for row in await connection.execute(wanted):
        found[row.repayment_id].append(Part(**dict(row._mapping) | {"kind": PartKind(row.kind)}))
    return found


async def save(connection: AsyncConnection, repayment: Repayment) -> None:
    await connection.execute(update(repayments).where(repayments.c.id == repayment.id).values(_values(repayment)))


def _values(repayment: Repayment) -> dict[str, Any]:
    return asdict(repayment) | {"state": repayment.state.value}


def _repayment(row: Any) -> Repayment:
    return Repayment(**dict(row._mapping) | {"state": RepaymentState(row.state)})
