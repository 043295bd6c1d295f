from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.fee_plans.model import FeePlan, Tier
from services.payments.fee_plans.tables import fee_plan_tiers, fee_plans

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.fee_plans', 0))")


async def lock_plans(connection: AsyncConnection) -> None:
    """Versions are numbered one at a time."""
    await connection.execute(_LOCK)


async def newest_version(connection: AsyncConnection, code: str) -> tuple[int, str] | None:
    """The last version of a plan and its currency."""
    statement = select(fee_plans.c.version, fee_plans.c.currency).where(fee_plans.c.code == code)
    row = (await connection.execute(statement.order_by(fee_plans.c.version.desc()).limit(1))).one_or_none()
    return None if row is None else (row.version, row.currency)


async def add_plan(connection: AsyncConnection, plan: FeePlan) -> None:
    facts = asdict(plan)
    tiers = facts.pop("tiers")
    await connection.execute(insert(fee_plans).values(facts))
    await connection.execute(insert(fee_plan_tiers), [tier | {"plan_id": plan.id} for tier in tiers])


async def plan_with(connection: AsyncConnection, plan_id: UUID) -> FeePlan | None:
    found = await _plans(connection, select(fee_plans).where(fee_plans.c.id == plan_id))
    return found[0] if found else None


async def list_plans(connection: AsyncConnection, before: UUID | None, limit: int) -> list[FeePlan]:
    """All versions of all plans, newest first."""
    statement = select(fee_plans)
    if before is not None:
        statement = statement.where(fee_plans.c.id < before)
    return await _plans(connection, statement.order_by(fee_plans.c.id.desc()).limit(limit))


async def _plans(connection: AsyncConnection, statement: Select[Any]) -> list[FeePlan]:
    rows = (await connection.execute(statement)).all()
    tiers = await _tiers(connection, [row.id for row in rows])
    return [_plan(row, tiers[row.id]) for row in rows]


async def _tiers(connection: AsyncConnection, plan_ids: Sequence[UUID]) -> dict[UUID, tuple[Tier, ...]]:
    statement = select(fee_plan_tiers).where(fee_plan_tiers.c.plan_id.in_(plan_ids))
    found: dict[UUID, tuple[Tier, ...]] = dict.fromkeys(plan_ids, ())
    for row in await connection.execute(statement.order_by(fee_plan_tiers.c.plan_id, fee_plan_tiers.c.lower_minor)):
        found[row.plan_id] += (Tier(row.lower_minor, row.upper_minor, row.rate_millionths),)
    return found


def _plan(row: Row[Any], tiers: tuple[Tier, ...]) -> FeePlan:
    return FeePlan(**row._mapping, tiers=tiers)
