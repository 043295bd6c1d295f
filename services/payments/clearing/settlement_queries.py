"""The SQL of settlements: of their participants, payments and changes of state."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.clearing.model import (
    Change,
    Figures,
    Payment,
    Settlement,
    SettlementParticipant,
    SettlementPayment,
    SettlementState,
    Waiting,
)
from services.payments.clearing.tables import (
    clearing_carried,
    clearing_models,
    clearing_participants,
    clearing_settlement_changes,
    clearing_settlement_participants,
    clearing_settlement_payments,
    clearing_settlement_windows,
    clearing_settlements,
    clearing_windows,
)

_settlement, _member = clearing_settlements.c, clearing_settlement_participants.c
_SETTLEMENTS = select(
    clearing_settlements,
    clearing_models.c.code.label("model"),
    clearing_models.c.currency,
    select(func.array_agg(aggregate_order_by(clearing_windows.c.id, clearing_windows.c.number)))
    .join(clearing_settlement_windows, clearing_settlement_windows.c.window_number == clearing_windows.c.number)
    .where(clearing_settlement_windows.c.settlement_id == _settlement.id)
    .scalar_subquery()
    .label("window_ids"),
).join(clearing_models, clearing_models.c.number == _settlement.model_number)
_payment, _change, _window = (
    clearing_settlement_payments.c,
    clearing_settlement_changes.c,
    clearing_settlement_windows.c,
)


async def add_settlement(connection: AsyncConnection, one: Settlement, window_numbers: Sequence[int]) -> None:
    values = {
        "id": one.id,
        "model_number": one.model_number,
        "state": one.state,
        "created_at": one.created_at,
        "created_by": one.created_by,
        "due_at": one.due_at,
    }
    await connection.execute(insert(clearing_settlements).values(values))
    rows = [{"settlement_id": one.id, "window_number": number, "live": True} for number in window_numbers]
    await connection.execute(insert(clearing_settlement_windows), rows)


async def settlement_with(connection: AsyncConnection, settlement_id: UUID, *, lock: bool = False) -> Settlement | None:
    statement = _SETTLEMENTS.where(_settlement.id == settlement_id)
    row = (
        await connection.execute(statement.with_for_update(of=clearing_settlements) if lock else statement)
    ).one_or_none()
    return None if row is None else _as_settlement(row)


async def save_state(connection: AsyncConnection, settlement_id: UUID, state: SettlementState, **facts: object) -> None:
    await connection.execute(
        update(clearing_settlements).where(_settlement.id == settlement_id).values(state=state, **facts)
    )


async def save_figures(connection: AsyncConnection, settlement_id: UUID, figures: Figures) -> None:
    values = {name: getattr(figures, name) for name in Figures.__dataclass_fields__}
    await connection.execute(update(clearing_settlements).where(_settlement.id == settlement_id).values(values))


async def windows_of(connection: AsyncConnection, settlement_id: UUID) -> list[int]:
    statement = select(_window.window_number).where(_window.settlement_id == settlement_id)
    return list((await connection.execute(statement.order_by(_window.window_number))).scalars())


async def release_windows(connection: AsyncConnection, settlement_id: UUID) -> None:
    """Another settlement may take them."""
    await connection.execute(
        update(clearing_settlement_windows).where(_window.settlement_id == settlement_id).values(live=False)
    )


_PARTICIPANTS = ("settlement_id", "participant_number", "state", "owes_minor", "owed_minor", "net_minor", "beyond_cap")
_PAYMENTS = ("settlement_id", "position", "payer", "payee", "amount")


async def set_payments(
    connection: AsyncConnection,
    settlement_id: UUID,
    sides: dict[int, tuple[int, int]],
    beyond_cap: frozenset[int],
    payments: Sequence[Payment],
) -> None:
    """Who takes part and who pays whom, in the place of what was there."""
    for table in (clearing_settlement_payments, clearing_settlement_participants):
        await connection.execute(table.delete().where(table.c.settlement_id == settlement_id))
    direct, state = await direct_of(connection), SettlementState.PS_TRANSFERS_RECORDED.value
    members = [
        (settlement_id, number, state, owes, owed, owes - owed, number in beyond_cap)
        for number, (owes, owed) in sides.items()
    ]
    await direct.copy("clearing_settlement_participants", _PARTICIPANTS, members)
    rows = [(settlement_id, position, *payment) for position, payment in enumerate(payments, 1)]
    await direct.copy("clearing_settlement_payments", _PAYMENTS, rows)


async def participants_of(connection: AsyncConnection, settlement_id: UUID) -> list[SettlementParticipant]:
    statement = (
        select(clearing_settlement_participants, clearing_participants.c.code)
        .join(clearing_participants, clearing_participants.c.number == _member.participant_number)
        .where(_member.settlement_id == settlement_id)
        .order_by(_member.participant_number)
    )
    return [_as_participant(row) for row in await connection.execute(statement)]


async def payments_of(connection: AsyncConnection, settlement_id: UUID) -> list[SettlementPayment]:
    """In the order in which they are made."""
    statement = select(clearing_settlement_payments).where(_payment.settlement_id == settlement_id)
    rows = (await connection.execute(statement.order_by(_payment.position))).all()
    return [
        SettlementPayment(row.position, row.payer, row.payee, row.amount, row.hold_id, row.transfer_id) for row in rows
    ]


_SAVE_HOLDS = text(
    """UPDATE clearing_settlement_payments AS payment SET hold_id = held.hold_id
       FROM unnest(CAST(:positions AS int[]), CAST(:holds AS uuid[])) AS held (position, hold_id)
       WHERE payment.settlement_id = :id AND payment.position = held.position"""
)
_SAVE_TRANSFERS = text(
    """UPDATE clearing_settlement_payments AS payment SET transfer_id = made.transfer_id
       FROM unnest(CAST(:positions AS int[]), CAST(:transfers AS uuid[])) AS made (position, transfer_id)
       WHERE payment.settlement_id = :id AND payment.position = made.position"""
)


async def save_holds(connection: AsyncConnection, settlement_id: UUID, holds: dict[int, UUID]) -> None:
    """By position."""
    if holds:
        facts = {"id": settlement_id, "positions": list(holds), "holds": list(holds.values())}
        await connection.execute(_SAVE_HOLDS, facts)


async def save_transfers(connection: AsyncConnection, settlement_id: UUID, transfers: dict[int, UUID]) -> None:
    """By position."""
    if transfers:
        facts = {"id": settlement_id, "positions": list(transfers), "transfers": list(transfers.values())}
        await connection.execute(_SAVE_TRANSFERS, facts)


async def come_to(
    connection: AsyncConnection, settlement_id: UUID, numbers: Iterable[int], state: SettlementState
) -> None:
    """Those participants in the settlement."""
    mine = (_member.settlement_id == settlement_id, _member.participant_number.in_(sorted(numbers)))
    await connection.execute(update(clearing_settlement_participants).where(*mine).values(state=state))


async def unsettled(connection: AsyncConnection, settlement_id: UUID, limit: int) -> list[tuple[int, int]]:
    """Participants whose position is not cleared yet, with their net."""
    statement = select(_member.participant_number, _member.net_minor).where(
        _member.settlement_id == settlement_id, _member.state == SettlementState.PS_TRANSFERS_COMMITTED
    )
    rows = await connection.execute(statement.order_by(_member.participant_number).limit(limit))
    return [(row.participant_number, row.net_minor) for row in rows]


_CHANGES = ("settlement_id", "participant_number", "state", "changed_at", "changed_by", "reason")


async def note_changes(
    connection: AsyncConnection,
    settlement_id: UUID,
    state: SettlementState,
    at: datetime,
    by: str,
    *,
    numbers: Iterable[int | None] = (None,),
    reason: str | None = None,
) -> None:
    """numbers: of participants, None for the settlement itself."""
    rows = [(settlement_id, number, state.value, at, by, reason) for number in numbers]
    await (await direct_of(connection)).copy("clearing_settlement_changes", _CHANGES, rows)


async def changes_of(
    connection: AsyncConnection, settlement_id: UUID, after: int, limit: int
) -> list[tuple[int, Change]]:
    """Oldest first, with the place each may be asked after."""
    statement = (
        select(clearing_settlement_changes, clearing_participants.c.code)
        .outerjoin(clearing_participants, clearing_participants.c.number == _change.participant_number)
        .where(_change.settlement_id == settlement_id, _change.position > after)
        .order_by(_change.position)
        .limit(limit)
    )
    return [
        (row.position, Change(row.code, SettlementState(row.state), row.changed_at, row.changed_by, row.reason))
        for row in await connection.execute(statement)
    ]


async def reserved_at(connection: AsyncConnection, settlement_id: UUID) -> datetime | None:
    """When all its payments were held, from when on they are fixed."""
    statement = select(_change.changed_at).where(
        _change.settlement_id == settlement_id,
        _change.participant_number.is_(None),
        _change.state == SettlementState.PS_TRANSFERS_RESERVED,
    )
    return (await connection.execute(statement)).scalar_one_or_none()


async def unended(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Settlements under way, those first whose time is over first."""
    statement = select(_settlement.id).where(_settlement.ended_at.is_(None))
    return list((await connection.execute(statement.order_by(_settlement.due_at).limit(limit))).scalars())


async def list_settlements(
    connection: AsyncConnection, model_number: int | None, before: UUID | None, limit: int
) -> list[Settlement]:
    """Newest first."""
    statement = _SETTLEMENTS
    if model_number is not None:
        statement = statement.where(_settlement.model_number == model_number)
    if before is not None:
        statement = statement.where(_settlement.id < before)
    rows = await connection.execute(statement.order_by(_settlement.id.desc()).limit(limit))
    return [_as_settlement(row) for row in rows]


_IN_WINDOWS = """SELECT owed.number, owed.payer, owed.payee, owed.amount, owed.id, owed.window_number FROM clearing_obligations AS owed
        WHERE owed.window_number = ANY($1::int[])
            AND NOT EXISTS (SELECT FROM clearing_carried WHERE obligation_id = owed.id AND from_window = owed.window_number)
    UNION ALL SELECT owed.number, owed.payer, owed.payee, owed.amount, owed.id, carried.to_window
        FROM clearing_carried AS carried JOIN clearing_obligations AS owed ON owed.id = carried.obligation_id
        WHERE carried.to_window = ANY($1::int[])
            AND NOT EXISTS (SELECT FROM clearing_carried AS again
                WHERE again.obligation_id = owed.id AND again.from_window = carried.to_window)
    ORDER BY 1"""


async def obligations_in(
    connection: AsyncConnection, window_numbers: Sequence[int]
) -> tuple[list[Waiting], list[tuple[UUID, int]]]:
    """What those windows hold, in order; and beside each its id and the window it is in."""
    rows = await (await direct_of(connection)).fetch(_IN_WINDOWS, list(window_numbers))
    return [Waiting(*row[:4]) for row in map(tuple, rows)], [(row[4], row[5]) for row in rows]


_CARRIED = ("obligation_id", "from_window", "to_window", "payer", "payee", "amount")


async def carry(connection: AsyncConnection, rows: Sequence[tuple[UUID, int, int, int, int, int]]) -> None:
    await (await direct_of(connection)).copy(clearing_carried.name, _CARRIED, rows)


def _as_settlement(row: Row[Any]) -> Settlement:
    figures = None
    if row.gross_minor is not None:
        figures = Figures(
            row.obligations, row.gross_minor, row.bilateral_minor, row.multilateral_minor, row.participants
        )
    return Settlement(
        row.id, row.model_number, row.model, row.currency, tuple(row.window_ids), SettlementState(row.state), figures,
        row.reason, row.created_at, row.created_by, row.due_at, row.ended_at,
    )  # fmt: skip


def _as_participant(row: Row[Any]) -> SettlementParticipant:
    return SettlementParticipant(
        row.settlement_id, row.participant_number, row.code, SettlementState(row.state), row.owes_minor, row.owed_minor,
        row.net_minor, row.beyond_cap,
    )  # fmt: skip
