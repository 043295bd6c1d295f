"""SQL of versions of rules, what shadows said, and lists."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.risk.model import (
    Listed,
    Outcome,
    RiskList,
    Ruleset,
    RulesetState,
    RulesetStep,
    ShadowReport,
)
from services.payments.risk.tables import (
    risk_active,
    risk_list_changes,
    risk_list_entries,
    risk_lists,
    risk_ruleset_states,
    risk_ruleset_steps,
    risk_rulesets,
    risk_shadow_decisions,
)

DIFFERENT_SHOWN = 50
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.risk_rulesets', 0))")
_BY_CODE = text("""SELECT code, count(*) FROM risk_shadow_decisions CROSS JOIN unnest(codes) AS code
    WHERE ruleset_id = :ruleset_id GROUP BY code ORDER BY count(*) DESC, code LIMIT 200""")
_states, _shadows = risk_ruleset_states.c, risk_shadow_decisions.c
_RULESETS = select(risk_rulesets, _states.state).join(risk_ruleset_states, _states.ruleset_id == risk_rulesets.c.id)


async def lock_rulesets(connection: AsyncConnection) -> None:
    """Versions are made, and change their states, one after another."""
    await connection.execute(_LOCK)


async def last_number(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.coalesce(func.max(risk_rulesets.c.number), 0)))).scalar_one())


async def add_ruleset(connection: AsyncConnection, ruleset: Ruleset) -> None:
    values = asdict(ruleset)
    state = values.pop("state")
    await connection.execute(insert(risk_rulesets).values(values))
    await connection.execute(insert(risk_ruleset_states).values(ruleset_id=ruleset.id, state=state))


async def save_state(connection: AsyncConnection, ruleset: Ruleset) -> None:
    statement = update(risk_ruleset_states).where(_states.ruleset_id == ruleset.id).values(state=ruleset.state)
    await connection.execute(statement)


async def add_step(connection: AsyncConnection, step: RulesetStep) -> None:
    await connection.execute(insert(risk_ruleset_steps).values(asdict(step)))


async def steps_of(connection: AsyncConnection, ruleset_id: UUID) -> list[RulesetStep]:
    """In their order."""
    table = risk_ruleset_steps
    statement = select(table).where(table.c.ruleset_id == ruleset_id).order_by(table.c.id).limit(200)
    return [_step(row) for row in await connection.execute(statement)]


async def count_up(connection: AsyncConnection) -> None:
    """What is asked of payments has changed."""
    table = risk_active.c
    statement = upsert(risk_active).values(singleton=True, version=1)
    again = statement.on_conflict_do_update(index_elements=[table.singleton], set_={"version": table.version + 1})
    await connection.execute(again)


async def ruleset_with(connection: AsyncConnection, ruleset_id: UUID) -> Ruleset | None:
    row = (await connection.execute(_RULESETS.where(risk_rulesets.c.id == ruleset_id))).one_or_none()
    return None if row is None else _ruleset(row)


async def rulesets_in(connection: AsyncConnection, state: RulesetState) -> list[Ruleset]:
    return [_ruleset(row) for row in await connection.execute(_RULESETS.where(_states.state == state).limit(200))]


async def rulesets(
    connection: AsyncConnection, state: RulesetState | None, before: int | None, limit: int
) -> list[Ruleset]:
    """The newest first."""
    statement = _RULESETS
    if state is not None:
        statement = statement.where(_states.state == state)
    if before is not None:
        statement = statement.where(risk_rulesets.c.number < before)
    ordered = statement.order_by(risk_rulesets.c.number.desc()).limit(limit)
    return [_ruleset(row) for row in await connection.execute(ordered)]


async def shadow_report(connection: AsyncConnection, ruleset_id: UUID) -> ShadowReport:
    """Of the decisions that are kept."""
    mine = _shadows.ruleset_id == ruleset_id
    counted = select(_shadows.outcome, _shadows.shadow_outcome, func.count()).where(mine)
    grouped = counted.group_by(_shadows.outcome, _shadows.shadow_outcome).order_by(func.count().desc())
    pairs = [(Outcome(row[0]), Outcome(row[1]), row[2]) for row in await connection.execute(grouped)]
    codes = await connection.execute(_BY_CODE, {"ruleset_id": ruleset_id})
    differing = select(_shadows.decision_id).where(mine, _shadows.outcome != _shadows.shadow_outcome)
    latest = await connection.execute(differing.order_by(_shadows.decision_id.desc()).limit(DIFFERENT_SHOWN))
    agreed = sum(number for live, shadow, number in pairs if live is shadow)
    total = sum(number for _, _, number in pairs)
    found = tuple((str(row[0]), int(row[1])) for row in codes)
    return ShadowReport(ruleset_id, total, agreed, tuple(pairs), found, tuple(latest.scalars()))


async def add_list(connection: AsyncConnection, one: RiskList) -> bool:
    """False: there is one of this name."""
    values = asdict(one)
    del values["entries"]
    return (await connection.execute(upsert(risk_lists).values(values).on_conflict_do_nothing())).rowcount == 1


async def list_named(connection: AsyncConnection, name: str, *, lock: bool = False) -> RiskList | None:
    statement = select(risk_lists).where(risk_lists.c.name == name)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _list(row)


async def lists_named(connection: AsyncConnection, names: Collection[str]) -> dict[str, Listed]:
    """What each holds, of those that exist."""
    statement = select(risk_lists.c.name, risk_lists.c.holds).where(risk_lists.c.name.in_(names))
    return {row.name: Listed(row.holds) for row in await connection.execute(statement)}


async def lists(connection: AsyncConnection, after: str | None, limit: int) -> list[RiskList]:
    """By name, with how much stands on each."""
    entries = select(func.count()).where(risk_list_entries.c.list_id == risk_lists.c.id).scalar_subquery()
    statement = select(risk_lists, entries.label("entries"))
    if after is not None:
        statement = statement.where(risk_lists.c.name > after)
    return [_list(row) for row in await connection.execute(statement.order_by(risk_lists.c.name).limit(limit))]


async def count_lists(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(risk_lists))).scalar_one())


async def count_entries(connection: AsyncConnection, list_id: UUID) -> int:
    statement = select(func.count()).where(risk_list_entries.c.list_id == list_id)
    return int((await connection.execute(statement)).scalar_one())


async def add_entries(connection: AsyncConnection, list_id: UUID, keys: Sequence[UUID]) -> int:
    statement = text(
        "INSERT INTO risk_list_entries (list_id, key) SELECT :list_id, key FROM unnest(CAST(:keys AS uuid[])) AS new (key)"
        " ON CONFLICT DO NOTHING"
    )
    return (await connection.execute(statement, {"list_id": list_id, "keys": list(keys)})).rowcount


async def remove_entries(connection: AsyncConnection, list_id: UUID, keys: Sequence[UUID]) -> int:
    statement = text("DELETE FROM risk_list_entries WHERE list_id = :list_id AND key = ANY(CAST(:keys AS uuid[]))")
    return (await connection.execute(statement, {"list_id": list_id, "keys": list(keys)})).rowcount


async def add_change(
    connection: AsyncConnection,
    change_id: UUID,
    list_id: UUID,
    *,
    added: int,
    removed: int,
    reason: str,
    by: str,
    at: datetime,
) -> None:
    values = {"id": change_id, "list_id": list_id, "added": added, "removed": removed, "reason": reason}
    await connection.execute(insert(risk_list_changes).values(changed_by=by, changed_at=at, **values))


def _ruleset(row: Row[Any]) -> Ruleset:
    return Ruleset(**dict(row._mapping) | {"state": RulesetState(row.state)})


def _step(row: Row[Any]) -> RulesetStep:
    before = None if row.before is None else RulesetState(row.before)
    return RulesetStep(**dict(row._mapping) | {"before": before, "after": RulesetState(row.after)})


def _list(row: Row[Any]) -> RiskList:
    one = RiskList(row.id, row.name, Listed(row.holds), row.made_by, row.made_at)
    return replace(one, entries=row._mapping.get("entries", 0))
