"""The SQL of evidence in disputes."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.dispute_evidence.model import DisputeEvidence, EvidenceState
from services.p2p.dispute_evidence.tables import dispute_evidence

_COLUMNS = [dispute_evidence.c[name] for name in DisputeEvidence.__slots__]


async def add(connection: AsyncConnection, evidence: DisputeEvidence) -> None:
    """Noted before, it stays as it is."""
    statement = insert(dispute_evidence).values(_values(evidence))
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["dispute_id"]))


async def load(connection: AsyncConnection, evidence_id: UUID, *, lock: bool = False) -> DisputeEvidence | None:
    wanted = select(*_COLUMNS).where(dispute_evidence.c.id == evidence_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _evidence(row)


async def save(connection: AsyncConnection, evidence: DisputeEvidence) -> None:
    changed = update(dispute_evidence).where(dispute_evidence.c.id == evidence.id)
    await connection.execute(changed.values(_values(evidence)))


async def find(
    connection: AsyncConnection, *, state: str | None, before: UUID | None, limit: int
) -> list[DisputeEvidence]:
    """Newest first, at most limit + 1."""
    wanted = select(*_COLUMNS).order_by(dispute_evidence.c.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(dispute_evidence.c.state == state)
    if before is not None:
        wanted = wanted.where(dispute_evidence.c.id < before)
    return [_evidence(row) for row in await connection.execute(wanted)]


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Those to be sent."""
    its = dispute_evidence.c
    wanted = select(its.id).where(its.due_at <= now).order_by(its.due_at, its.id).limit(limit)
    return list((await connection.execute(wanted)).scalars())


def _values(evidence: DisputeEvidence) -> dict[str, Any]:
    return asdict(evidence) | {"state": evidence.state.value}


def _evidence(row: Any) -> DisputeEvidence:
    return DisputeEvidence(**dict(row._mapping) | {"state": EvidenceState(row.state)})
