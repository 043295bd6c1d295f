"""The SQL of windows, and of what they hold: obligations recorded in them, less those carried on, and those carried there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.clearing.model import Flow, SettlementModel, Window, WindowState
from services.payments.clearing.rules import next_cut_off
from services.payments.clearing.tables import clearing_models, clearing_settlement_windows, clearing_windows

_OPEN = "hashtextextended('payments.clearing_window', :model)"
_SHARE_OPEN = text(f"SELECT pg_advisory_xact_lock_shared({_OPEN})")
_CLOSE_OPEN = text(f"SELECT pg_advisory_xact_lock({_OPEN})")
# As long as the longest of those who record may take.
_PATIENTLY = text("SELECT set_config('lock_timeout', '15s', true)")
_window = clearing_windows.c
_WINDOWS = (
    select(clearing_windows, clearing_models.c.code.label("model"), clearing_models.c.currency)
    .join(clearing_models, clearing_models.c.number == _window.model_number)
)  # fmt: skip


async def open_window(connection: AsyncConnection, model: SettlementModel, window_id: UUID, now: datetime) -> Window:
    values = {
        "id": window_id,
        "model_number": model.number,
        "state": WindowState.OPEN,
        "opened_at": now,
        "due_at": next_cut_off(model.cut_offs, now),
    }
    await connection.execute(insert(clearing_windows).values(values))
    return await _written(connection, window_id)


async def add_closed_window(
    connection: AsyncConnection, model: SettlementModel, window_id: UUID, now: datetime
) -> Window:
    """For what is carried over."""
    values = {
        "id": window_id,
        "model_number": model.number,
        "state": WindowState.CLOSED,
        "opened_at": now,
        "closed_at": now,
        "due_at": now + timedelta(minutes=model.patience_minutes),
    }
    await connection.execute(insert(clearing_windows).values(values))
    return await _written(connection, window_id)


async def share_open_window(connection: AsyncConnection, model_number: int) -> Window:
    """The one that takes obligations, kept open until the story ends. model_number: of a deferred model, which always has one."""
    await connection.execute(_SHARE_OPEN, {"model": model_number})
    statement = _WINDOWS.where(_window.model_number == model_number, _window.state == WindowState.OPEN)
    return _as_window((await connection.execute(statement)).one())


async def keep_others_out(connection: AsyncConnection, model_number: int) -> None:
    """Nobody records in the model's open window until the story ends. Who comes later waits, so that those who come all the time do
    not keep it open.
    """
    await connection.execute(_PATIENTLY)
    await connection.execute(_CLOSE_OPEN, {"model": model_number})


async def window_with(connection: AsyncConnection, window_id: UUID, *, lock: bool = False) -> Window | None:
    statement = _WINDOWS.where(_window.id == window_id)
    row = (
        await connection.execute(statement.with_for_update(of=clearing_windows) if lock else statement)
    ).one_or_none()
    return None if row is None else _as_window(row)


async def lock_windows(connection: AsyncConnection, window_ids: Sequence[UUID]) -> list[Window]:
    """By number."""
    statement = _WINDOWS.where(_window.id.in_(window_ids)).order_by(_window.number)
    return [_as_window(row) for row in await connection.execute(statement.with_for_update(of=clearing_windows))]


async def close_window(connection: AsyncConnection, number: int, now: datetime, due_at: datetime) -> None:
    values = {"state": WindowState.CLOSED, "closed_at": now, "due_at": due_at}
    await connection.execute(update(clearing_windows).where(_window.number == number).values(values))


async def put_off(connection: AsyncConnection, number: int, due_at: datetime) -> None:
    await connection.execute(update(clearing_windows).where(_window.number == number).values(due_at=due_at))


async def put_in_settlement(connection: AsyncConnection, numbers: Sequence[int], settlement_id: UUID) -> None:
    """By when they are to be settled stays as it was when they closed."""
    values = {"state": WindowState.PENDING_SETTLEMENT, "settlement_id": settlement_id}
    await connection.execute(update(clearing_windows).where(_window.number.in_(numbers)).values(values))


async def end_windows(connection: AsyncConnection, settlement_id: UUID, now: datetime) -> None:
    values = {"state": WindowState.SETTLED, "due_at": None, "ended_at": now}
    await connection.execute(update(clearing_windows).where(_window.settlement_id == settlement_id).values(values))


async def give_back_windows(connection: AsyncConnection, settlement_id: UUID) -> None:
    """Closed, as they were before the settlement."""
    values = {"state": WindowState.CLOSED, "settlement_id": None}
    await connection.execute(update(clearing_windows).where(_window.settlement_id == settlement_id).values(values))


async def due_windows(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Open ones whose cut-off has come."""
    statement = select(_window.id).where(_window.state == WindowState.OPEN, _window.due_at <= now)
    return list((await connection.execute(statement.order_by(_window.due_at).limit(limit))).scalars())


async def never_tried(connection: AsyncConnection, model_number: int, limit: int) -> list[UUID]:
    """Closed ones of which no settlement was aborted, the oldest first."""
    tried = select(clearing_settlement_windows.c.window_number).where(
        clearing_settlement_windows.c.window_number == _window.number
    )
    statement = select(_window.id).where(
        _window.model_number == model_number, _window.state == WindowState.CLOSED, ~tried.exists()
    )
    return list((await connection.execute(statement.order_by(_window.number).limit(limit))).scalars())


async def list_windows(
    connection: AsyncConnection, model_number: int | None, state: WindowState | None, before: UUID | None, limit: int
) -> list[Window]:
    """Newest first."""
    statement = _WINDOWS
    if model_number is not None:
        statement = statement.where(_window.model_number == model_number)
    if state is not None:
        statement = statement.where(_window.state == state)
    if before is not None:
        statement = statement.where(_window.id < before)
    return [_as_window(row) for row in await connection.execute(statement.order_by(_window.id.desc()).limit(limit))]


_HOLDS_ANY = text(
    """SELECT EXISTS (SELECT FROM clearing_obligations AS owed WHERE owed.window_number = :number)
        OR EXISTS (SELECT FROM clearing_carried WHERE to_window = :number)"""
)


async def holds_any(connection: AsyncConnection, number: int) -> bool:
    return bool((await connection.execute(_HOLDS_ANY, {"number": number})).scalar_one())


# One reading of the windows' obligations; what was carried is little. sum(bigint) is numeric, which takes longer to add up and to send
# than two integers of 32 bits would, but it cannot overflow.
_FLOWS = """SELECT payer, payee, sum(amount)::bigint, sum(count)::bigint FROM (
        SELECT payer, payee, sum(amount) AS amount, count(*) AS count FROM clearing_obligations
            WHERE window_number = ANY($1::int[]) GROUP BY payer, payee
        UNION ALL SELECT payer, payee, -amount, -1 FROM clearing_carried WHERE from_window = ANY($1::int[])
        UNION ALL SELECT payer, payee, amount, 1 FROM clearing_carried WHERE to_window = ANY($1::int[])
    ) AS owed GROUP BY payer, payee HAVING sum(count) > 0 ORDER BY payer, payee"""


async def flows(connection: AsyncConnection, numbers: Sequence[int]) -> list[Flow]:
    """What each owes each other in those windows."""
    rows = await (await direct_of(connection)).fetch(_FLOWS, list(numbers))
    return [Flow(*row) for row in rows]


async def _written(connection: AsyncConnection, window_id: UUID) -> Window:
    window = await window_with(connection, window_id)
    assert window is not None
    return window


def _as_window(row: Row[Any]) -> Window:
    return Window(**dict(row._mapping) | {"state": WindowState(row.state)})
