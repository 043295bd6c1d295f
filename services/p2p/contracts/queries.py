"""The SQL of contracts."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.contracts.model import Contract, Party, Role
from services.p2p.contracts.tables import contract_parties, contracts


async def load(connection: AsyncConnection, loan_id: UUID) -> Contract | None:
    row = (await connection.execute(select(contracts).where(contracts.c.loan_id == loan_id))).one_or_none()
    return None if row is None else Contract(**row._mapping)


async def party_of(connection: AsyncConnection, loan_id: UUID, party: str) -> Party | None:
    wanted = select(contract_parties).where(contract_parties.c.loan_id == loan_id, contract_parties.c.party == party)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _party(dict(row._mapping))


async def parties_of(connection: AsyncConnection, loan_id: UUID, *, after: str, limit: int) -> list[Party]:
    """By name, at most limit + 1."""
    wanted = (
        select(contract_parties)
        .where(contract_parties.c.loan_id == loan_id, contract_parties.c.party > after)
        .order_by(contract_parties.c.party)
        .limit(limit + 1)
    )
    return [_party(dict(row._mapping)) for row in await connection.execute(wanted)]


async def add(connection: AsyncConnection, contract: Contract, parties: Sequence[Party]) -> bool:
    """Whether it was not there yet."""
    made = await connection.execute(pg_insert(contracts).values(asdict(contract)).on_conflict_do_nothing())
    if not made.rowcount:
        return False
    await connection.execute(insert(contract_parties), [asdict(one) for one in parties])
    return True


def _party(facts: dict[str, object]) -> Party:
    return Party(**facts | {"role": Role(str(facts["role"]))})  # type: ignore[arg-type]
