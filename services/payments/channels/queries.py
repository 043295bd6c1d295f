from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.channels.contract_model import Standing
from services.payments.channels.model import Instruction, InstructionKind, InstructionState
from services.payments.channels.tables import (
    channel_contracts,
    channel_instructions,
    channel_standings,
    reserve_accounts,
)

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
        .order_by(channel_instructions.c.attempt, channel_instructions.c.id)
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


async def due_instructions(connection: AsyncConnection, purpose: str, now: datetime, limit: int) -> list[Instruction]:
    """Those whose next query is due, the longest waiting first."""
    statement = (
        select(channel_instructions)
        .where(channel_instructions.c.purpose == purpose, channel_instructions.c.due_at <= now)
        .order_by(channel_instructions.c.due_at)
        .limit(limit)
    )
    return [_instruction(row) for row in await connection.execute(statement)]


async def counting_attempt(connection: AsyncConnection, subject_id: UUID) -> UUID | None:
    """The success that a subject goes by."""
    statement = select(channel_instructions.c.id).where(
        channel_instructions.c.subject_id == subject_id, channel_instructions.c.counts
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def moved_since(
    connection: AsyncConnection, card_id: UUID, kind: InstructionKind, since: datetime
) -> dict[str, int]:
    """By channel, what one card has moved since an instant, or may still move."""
    table = channel_instructions.c
    statement = (
        select(table.bank, func.sum(table.amount).cast(BigInteger))
        .where(
            table.card_id == card_id,
            table.kind == kind,
            table.submitted_at >= since,
            table.state.in_((InstructionState.REQUESTED, InstructionState.UNKNOWN, InstructionState.SUCCEEDED)),
        )
        .group_by(table.bank)
    )
    return {row[0]: row[1] for row in await connection.execute(statement)}


async def latest_terms(connection: AsyncConnection, on: date) -> dict[str, dict[str, Any]]:
    """By channel, the version that operators added last of those valid from that day or earlier."""
    table = channel_contracts.c
    statement = (
        select(table.channel, table.terms)
        .ext(distinct_on(table.channel))
        .where(table.valid_from_on <= on)
        .order_by(table.channel, table.valid_from_on.desc(), table.position.desc())
    )
    return {row.channel: row.terms for row in await connection.execute(statement)}


async def add_contract(
    connection: AsyncConnection, channel: str, valid_from_on: date, terms: dict[str, Any], at: datetime, by: str
) -> None:
    values = {"channel": channel, "valid_from_on": valid_from_on, "terms": terms, "recorded_at": at, "recorded_by": by}
    await connection.execute(insert(channel_contracts).values(values))


async def standings_of(connection: AsyncConnection, kind: InstructionKind) -> dict[str, Standing]:
    statement = select(channel_standings).where(channel_standings.c.kind == kind)
    return {row.channel: _standing(row) for row in await connection.execute(statement)}


async def locked_standing(connection: AsyncConnection, channel: str, kind: InstructionKind) -> Standing:
    """Made when first needed; nobody else changes it until the transaction ends."""
    first = asdict(Standing(channel, kind))
    await connection.execute(upsert(channel_standings).values(first).on_conflict_do_nothing())
    statement = select(channel_standings).where(
        channel_standings.c.channel == channel, channel_standings.c.kind == kind
    )
    return _standing((await connection.execute(statement.with_for_update())).one())


async def save_standing(connection: AsyncConnection, standing: Standing) -> None:
    values = asdict(standing)
    statement = update(channel_standings).where(
        channel_standings.c.channel == values.pop("channel"), channel_standings.c.kind == values.pop("kind")
    )
    await connection.execute(statement.values(values))


async def standings_to_probe(connection: AsyncConnection, now: datetime) -> list[Standing]:
    statement = select(channel_standings).where(channel_standings.c.probe_at <= now)
    return [_standing(row) for row in await connection.execute(statement.order_by(channel_standings.c.probe_at))]


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


def _standing(row: Row[Any]) -> Standing:
    return Standing(**dict(row._mapping) | {"kind": InstructionKind(row.kind)})


def _instruction(row: Row[Any]) -> Instruction:
    kinds = {"kind": InstructionKind(row.kind), "state": InstructionState(row.state)}
    return Instruction(**dict(row._mapping) | kinds)
