"""The SQL of plans."""

from typing import Any

import msgspec
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.plans.model import Plan, PlanState, PlanVersion
from services.p2p.plans.tables import plans

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('plans'), hashtext(:code))")
_ALL = text("SELECT pg_advisory_xact_lock(hashtext('every plan'))")
_CHANGES = ("published_at", "published_by", "changed_at")


async def lock(connection: AsyncConnection, code: str) -> None:
    """Nobody else makes, publishes, closes or joins a version of it until the transaction ends."""
    await connection.execute(_LOCK, {"code": code})


async def lock_all(connection: AsyncConnection) -> None:
    """Nobody else drafts one until the transaction ends. Before the lock of one."""
    await connection.execute(_ALL)


async def published(connection: AsyncConnection, after: str, limit: int) -> list[PlanVersion]:
    """By code, at most limit + 1."""
    wanted = select(plans).where(plans.c.state == PlanState.PUBLISHED.value, plans.c.code > after)
    return [_version(row) for row in await connection.execute(wanted.order_by(plans.c.code).limit(limit + 1))]


async def load(connection: AsyncConnection, code: str, version: int) -> PlanVersion | None:
    wanted = select(plans).where(plans.c.code == code, plans.c.version == version)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _version(row)


async def current(connection: AsyncConnection, code: str) -> PlanVersion | None:
    """The one that is published."""
    wanted = select(plans).where(plans.c.code == code, plans.c.state == PlanState.PUBLISHED.value)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _version(row)


async def last_number(connection: AsyncConnection, code: str) -> int:
    """0 where there is none."""
    wanted = select(func.coalesce(func.max(plans.c.version), 0)).where(plans.c.code == code)
    return int((await connection.execute(wanted)).scalar_one())


async def codes(connection: AsyncConnection) -> int:
    return (await connection.execute(select(func.count(plans.c.code.distinct())))).scalar_one()


async def add(connection: AsyncConnection, version: PlanVersion) -> None:
    plan = version.plan
    row = {
        "code": plan.code,
        "version": plan.version,
        "terms": msgspec.to_builtins(plan),
        "state": version.state.value,
        "made_by": version.made_by,
        "made_at": version.made_at,
        "changed_at": version.changed_at,
    }
    await connection.execute(insert(plans).values(row))


async def save_state(connection: AsyncConnection, version: PlanVersion) -> None:
    plan, changed = version.plan, {name: getattr(version, name) for name in _CHANGES} | {"state": version.state.value}
    which = (plans.c.code == plan.code, plans.c.version == plan.version)
    await connection.execute(update(plans).where(*which).values(changed))


def _version(row: Any) -> PlanVersion:
    return PlanVersion(
        plan=msgspec.convert(row.terms, Plan),
        state=PlanState(row.state),
        made_by=row.made_by,
        made_at=row.made_at,
        published_at=row.published_at,
        changed_at=row.changed_at,
        published_by=row.published_by,
    )
