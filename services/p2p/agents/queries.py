"""The SQL of agents and their commissions."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.agents.model import Agent, AgentFigures, Commission, CommissionState
from services.p2p.agents.tables import agents, commissions

_AGENT = [agents.c[name] for name in Agent.__slots__]
_COMMISSION = [commissions.c[name] for name in Commission.__slots__]
_UNPAID = text("""
    SELECT loans.id, loans.principal_minor, loans.currency, loans.origination_fee_minor, loans.disbursed_at,
        agents.id AS agent_id, agents.party, agents.commission_rate, agents.clawback_days
    FROM loans JOIN applications ON applications.id = loans.application_id JOIN agents ON agents.id = applications.agent_id
    WHERE loans.disbursed_at IS NOT NULL
        AND least(loans.origination_fee_minor, round(loans.principal_minor * agents.commission_rate)) > 0
        AND NOT EXISTS (SELECT FROM commissions WHERE commissions.loan_id = loans.id)
    ORDER BY loans.id LIMIT :limit
""")
_FAILED = text("""
    SELECT EXISTS (SELECT FROM loan_rows WHERE loan_id = :loan AND paid_at IS NULL AND due_on < :before)
""")
_FIGURES = text("""
    WITH brought AS (
        SELECT applications.agent_id, loans.id, loans.currency, loans.principal_minor, loans.outstanding_minor,
            EXISTS (SELECT FROM loan_rows WHERE loan_id = loans.id AND paid_at IS NULL AND due_on < :before) AS overdue
        FROM applications JOIN loans ON loans.application_id = applications.id
        WHERE applications.agent_id = ANY(:agents) AND loans.disbursed_at IS NOT NULL
    )
    SELECT brought.agent_id, brought.currency, count(*) AS loans, sum(principal_minor)::bigint AS lent_minor,
        sum(outstanding_minor)::bigint AS outstanding_minor, count(*) FILTER (WHERE overdue) AS overdue_loans,
        coalesce(sum(outstanding_minor) FILTER (WHERE overdue), 0)::bigint AS overdue_minor,
        coalesce(sum(amount_minor) FILTER (WHERE state <> 'forfeited'), 0)::bigint AS commission_minor,
        coalesce(sum(amount_minor) FILTER (WHERE state = 'taken_back'), 0)::bigint AS taken_back_minor
    FROM brought LEFT JOIN commissions ON commissions.loan_id = brought.id
    GROUP BY brought.agent_id, brought.currency ORDER BY brought.agent_id, brought.currency
""")


class Brought(NamedTuple):
    """A loan that was paid out, brought by an agent who has no commission for it yet."""

    id: UUID
    principal_minor: int
    currency: str
    origination_fee_minor: int
    disbursed_at: datetime
    agent_id: UUID
    party: str
    commission_rate: Any
    clawback_days: int


async def add(connection: AsyncConnection, agent: Agent) -> bool:
    """False if the party is an agent."""
    statement = upsert(agents).values(asdict(agent)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def load(connection: AsyncConnection, agent_id: UUID, *, lock: bool = False) -> Agent | None:
    wanted = select(*_AGENT).where(agents.c.id == agent_id)
    row = (await connection.execute(wanted.with_for_update(key_share=True) if lock else wanted)).one_or_none()
    return None if row is None else Agent(**row._mapping)


async def end(connection: AsyncConnection, agent_id: UUID, now: datetime) -> None:
    await connection.execute(update(agents).where(agents.c.id == agent_id).values(ended_at=now))


async def find(connection: AsyncConnection, *, after: UUID, limit: int) -> list[Agent]:
    """Oldest first, at most limit + 1."""
    wanted = select(*_AGENT).where(agents.c.id > after).order_by(agents.c.id).limit(limit + 1)
    return [Agent(**row._mapping) for row in await connection.execute(wanted)]


async def figures(connection: AsyncConnection, agent_ids: Sequence[UUID], before: date) -> list[AgentFigures]:
    """Of loans paid out. before: rows due before it and unpaid make a loan overdue."""
    found = await connection.execute(_FIGURES, {"agents": list(agent_ids), "before": before})
    return [AgentFigures(**row._mapping) for row in found]


async def without_commission(connection: AsyncConnection, limit: int) -> list[Brought]:
    return [Brought(*row) for row in await connection.execute(_UNPAID, {"limit": limit})]


async def has_failed(connection: AsyncConnection, loan_id: UUID, today: date, days: int) -> bool:
    before = today - timedelta(days=days)
    return bool((await connection.execute(_FAILED, {"loan": loan_id, "before": before})).scalar_one())


async def add_commissions(connection: AsyncConnection, found: Sequence[Commission]) -> None:
    """A loan that has one keeps it."""
    if found:
        statement = upsert(commissions).values([_values(one) for one in found]).on_conflict_do_nothing()
        await connection.execute(statement)


async def commission(connection: AsyncConnection, commission_id: UUID, *, lock: bool = False) -> Commission:
    wanted = select(*_COMMISSION).where(commissions.c.id == commission_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one()
    return _commission(row)


async def save(connection: AsyncConnection, one: Commission) -> None:
    await connection.execute(update(commissions).where(commissions.c.id == one.id).values(_values(one)))


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    wanted = select(commissions.c.id).where(commissions.c.due_at <= now).order_by(commissions.c.due_at).limit(limit)
    return list((await connection.execute(wanted)).scalars())


async def of_agent(connection: AsyncConnection, agent_id: UUID, *, after: UUID, limit: int) -> list[Commission]:
    """Oldest first, at most limit + 1."""
    wanted = select(*_COMMISSION).where(commissions.c.agent_id == agent_id, commissions.c.id > after)
    found = await connection.execute(wanted.order_by(commissions.c.id).limit(limit + 1))
    return [_commission(row) for row in found]


def _values(one: Commission) -> dict[str, Any]:
    return asdict(one) | {"state": one.state.value}


def _commission(row: Any) -> Commission:
    return Commission(**dict(row._mapping) | {"state": CommissionState(row.state)})
