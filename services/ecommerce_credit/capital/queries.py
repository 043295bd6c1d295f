"""The SQL of capital."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.capital.model import FundingParty, Movement, MovementKind, MovementState, Position
from services.ecommerce_credit.capital.tables import capital_movements, funding_parties

_PARTY = [funding_parties.c[name] for name in FundingParty.__slots__]
_COLUMNS = [capital_movements.c[name] for name in Movement.__slots__]


async def add_party(connection: AsyncConnection, party: FundingParty) -> bool:
    """False if the customer is registered already."""
    statement = upsert(funding_parties).values(asdict(party)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def party_of(connection: AsyncConnection, customer: str, *, lock: bool = False) -> FundingParty | None:
    wanted = select(*_PARTY).where(funding_parties.c.customer == customer)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else FundingParty(**row._mapping)


async def load_party(connection: AsyncConnection, party_id: UUID, *, lock: bool = False) -> FundingParty | None:
    wanted = select(*_PARTY).where(funding_parties.c.id == party_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else FundingParty(**row._mapping)


async def find_parties(connection: AsyncConnection, *, before: UUID | None, limit: int) -> list[FundingParty]:
    """Newest first, at most limit + 1."""
    wanted = select(*_PARTY).order_by(funding_parties.c.id.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(funding_parties.c.id < before)
    return [FundingParty(**row._mapping) for row in await connection.execute(wanted)]


async def end_party(connection: AsyncConnection, party_id: UUID, now: datetime) -> None:
    await connection.execute(update(funding_parties).where(funding_parties.c.id == party_id).values(ended_at=now))


async def add(connection: AsyncConnection, movement: Movement) -> None:
    await connection.execute(insert(capital_movements).values(_values(movement)))


async def load(connection: AsyncConnection, movement_id: UUID, *, lock: bool = False) -> Movement | None:
    wanted = select(*_COLUMNS).where(capital_movements.c.id == movement_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _movement(row)


async def find(
    connection: AsyncConnection,
    *,
    customer: str | None,
    state: str | None = None,
    after: UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Movement]:
    """Newest first, or oldest first with `after`; at most limit + 1. Pass UUID(int=0) to begin with the oldest."""
    column = capital_movements.c.id
    wanted = select(*_COLUMNS).order_by(column if after is not None else column.desc()).limit(limit + 1)
    if customer is not None:
        wanted = wanted.where(capital_movements.c.customer == customer)
    if state is not None:
        wanted = wanted.where(capital_movements.c.state == state)
    if after is not None:
        wanted = wanted.where(column > after)
    if before is not None:
        wanted = wanted.where(column < before)
    return [_movement(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, movement: Movement) -> None:
    await connection.execute(
        update(capital_movements).where(capital_movements.c.id == movement.id).values(_values(movement))
    )


async def positions(connection: AsyncConnection, customer: str | None = None) -> list[Position]:
    """What every funding party, or one, has in the lender, by currency."""
    movements = capital_movements.c
    done = movements.state == MovementState.DONE.value
    into = movements.kind == MovementKind.CONTRIBUTION.value

    def total(*conditions: Any) -> Any:
        return func.coalesce(func.sum(movements.amount_minor).filter(*conditions), 0)

    wanted = select(
        movements.customer,
        movements.currency,
        total(done, into).label("contributed"),
        total(done, ~into).label("withdrawn"),
        total(movements.state == MovementState.PENDING.value, ~into).label("leaving"),
    ).group_by(movements.customer, movements.currency)
    if customer is not None:
        wanted = wanted.where(movements.customer == customer)
    found = await connection.execute(wanted.order_by(movements.customer, movements.currency))
    return [
        Position(row.customer, row.currency, int(row.contributed), int(row.withdrawn), int(row.leaving))
        for row in found
    ]


def _values(movement: Movement) -> dict[str, Any]:
    return asdict(movement) | {"kind": movement.kind.value, "state": movement.state.value}


def _movement(row: Any) -> Movement:
    return Movement(**dict(row._mapping) | {"kind": MovementKind(row.kind), "state": MovementState(row.state)})
