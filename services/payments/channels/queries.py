from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.channels.model import Instruction, InstructionKind, InstructionState
from services.payments.channels.tables import channel_instructions, reserve_accounts

_LOCK_RESERVES = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.reserve_accounts', 0))")


async def add_instruction(connection: AsyncConnection, instruction: Instruction) -> None:
    await connection.execute(insert(channel_instructions).values(asdict(instruction)))


async def instruction_with(
    connection: AsyncConnection, instruction_id: UUID, *, lock: bool = False
) -> Instruction | None:
    statement = select(channel_instructions).where(channel_instructions.c.id == instruction_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _instruction(row)


async def instructions_for(connection: AsyncConnection, subject_id: UUID) -> list[Instruction]:
    """Every order to a bank made for a top-up or withdrawal, oldest first."""
    statement = (
        select(channel_instructions)
        .where(channel_instructions.c.subject_id == subject_id)
        .order_by(channel_instructions.c.id)
    )
    return [_instruction(row) for row in await connection.execute(statement)]


async def card_is_busy(connection: AsyncConnection, card_id: UUID) -> bool:
    """Whether money is on its way from or to a card."""
    open_states = (InstructionState.REQUESTED, InstructionState.UNKNOWN)
    statement = select(channel_instructions.c.id).where(
        channel_instructions.c.card_id == card_id, channel_instructions.c.state.in_(open_states)
    )
    return (await connection.execute(statement.limit(1))).first() is not None


async def save_instruction(connection: AsyncConnection, instruction: Instruction) -> None:
    values = asdict(instruction)
    await connection.execute(
        update(channel_instructions).where(channel_instructions.c.id == values.pop("id")).values(values)
    )


async def make_due(connection: AsyncConnection, instruction_id: UUID, now: datetime) -> None:
    await connection.execute(
        update(channel_instructions).where(channel_instructions.c.id == instruction_id).values(due_at=now)
    )


async def due_instructions(
    connection: AsyncConnection, kind: InstructionKind, now: datetime, limit: int
) -> list[Instruction]:
    """Those whose next query is due, the longest waiting first."""
    statement = (
        select(channel_instructions)
        .where(channel_instructions.c.kind == kind, channel_instructions.c.due_at <= now)
        .order_by(channel_instructions.c.due_at)
        .limit(limit)
    )
    return [_instruction(row) for row in await connection.execute(statement)]


async def reserve_account(connection: AsyncConnection, bank: str, currency: str) -> UUID | None:
    statement = select(reserve_accounts.c.account_id).where(
        reserve_accounts.c.bank == bank, reserve_accounts.c.currency == currency
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def lock_reserves(connection: AsyncConnection) -> None:
    """Reserve accounts are opened one at a time, so that no bank gets two."""
    await connection.execute(_LOCK_RESERVES)


async def add_reserve_account(connection: AsyncConnection, bank: str, currency: str, account_id: UUID) -> None:
    values = {"bank": bank, "currency": currency, "account_id": account_id}
    await connection.execute(upsert(reserve_accounts).values(values))


async def list_reserves(connection: AsyncConnection) -> Sequence[Row[Any]]:
    return (await connection.execute(select(reserve_accounts).order_by(reserve_accounts.c.bank))).all()


def _instruction(row: Row[Any]) -> Instruction:
    kinds = {"kind": InstructionKind(row.kind), "state": InstructionState(row.state)}
    return Instruction(**dict(row._mapping) | kinds)
