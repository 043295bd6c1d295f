from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.direct import direct_of
from services.payments.merchant_payouts.model import (
    Batch,
    BatchState,
    Line,
    LineState,
    Payout,
    PayoutAccount,
    PayoutState,
)
from services.payments.merchant_payouts.tables import (
    merchant_payouts,
    payout_accounts,
    payout_batch_lines,
    payout_batches,
)
from services.payments.settlement.model import Settlement

_LOCK_BATCHES = text("SELECT pg_advisory_xact_lock(hashtextextended('payments.payout_batches', 0))")
_ADD = """INSERT INTO merchant_payouts (id, settlement_id, merchant_id, payout_account_id, bank, currency, amount, state, due_at)
    SELECT owed.id, owed.settlement_id, owed.merchant_id, account.id, account.bank, owed.currency, owed.amount, 'waiting', $7
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[])
        AS owed(id, settlement_id, merchant_id, payout_account_id, currency, amount)
    JOIN payout_accounts AS account ON account.id = owed.payout_account_id"""
_CHANGE = """UPDATE merchant_payouts AS payout SET state = after.state, failure_code = after.code, due_at = after.due_at,
        held_up = after.held_up, ended_at = CASE WHEN after.state IN ('paid', 'failed', 'returned') THEN $6::timestamptz END
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) AS after(id, state, code, due_at, held_up)
    WHERE payout.id = after.id"""
_END_LINES = """UPDATE payout_batch_lines AS line SET state = ended.state, bank_code = ended.code
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS ended(id, state, code) WHERE line.id = ended.id"""


async def add_payout_account(connection: AsyncConnection, account: PayoutAccount) -> None:
    await connection.execute(insert(payout_accounts).values(asdict(account)))


async def payout_account_with(connection: AsyncConnection, account_id: UUID) -> PayoutAccount | None:
    row = (await connection.execute(select(payout_accounts).where(payout_accounts.c.id == account_id))).one_or_none()
    return None if row is None else PayoutAccount(**row._mapping)


async def payout_accounts_of(
    connection: AsyncConnection, merchant_id: UUID, before: UUID | None, limit: int
) -> list[PayoutAccount]:
    """Newest first."""
    statement = select(payout_accounts).where(payout_accounts.c.merchant_id == merchant_id)
    if before is not None:
        statement = statement.where(payout_accounts.c.id < before)
    rows = await connection.execute(statement.order_by(payout_accounts.c.id.desc()).limit(limit))
    return [PayoutAccount(**row._mapping) for row in rows]


async def add_payouts(
    connection: AsyncConnection, owed: Sequence[tuple[UUID, Settlement, UUID | None]], now: datetime
) -> None:
    """Id, settlement, and the account its net goes to: for the next batch."""
    rows = [(one, made.id, made.merchant_id, account, made.currency, made.net_minor) for one, made, account in owed]
    await (await direct_of(connection)).fetch(_ADD, *_columns(rows), now)


async def payouts_of(connection: AsyncConnection, merchant_id: UUID, before: UUID | None, limit: int) -> list[Payout]:
    """A merchant's, newest first."""
    statement = select(merchant_payouts).where(merchant_payouts.c.merchant_id == merchant_id)
    if before is not None:
        statement = statement.where(merchant_payouts.c.id < before)
    rows = await connection.execute(statement.order_by(merchant_payouts.c.id.desc()).limit(limit))
    return [_payout(row) for row in rows]


async def payouts_with(connection: AsyncConnection, payout_ids: Sequence[UUID]) -> dict[UUID, Payout]:
    rows = await connection.execute(select(merchant_payouts).where(merchant_payouts.c.id.in_(payout_ids)))
    return {row.id: _payout(row) for row in rows}


async def waiting_payouts(connection: AsyncConnection, now: datetime, limit: int) -> list[Payout]:
    """Due ones of the bank and currency that have waited longest, locked; those others are batching are passed over."""
    table = merchant_payouts
    due = (table.c.state == "waiting") & (table.c.due_at <= now)
    first = select(table.c.bank, table.c.currency).where(due).order_by(table.c.due_at, table.c.id).limit(1)
    found = (await connection.execute(first)).one_or_none()
    if found is None:
        return []
    statement = select(table).where(due, table.c.bank == found.bank, table.c.currency == found.currency)
    rows = await connection.execute(statement.order_by(table.c.id).limit(limit).with_for_update(skip_locked=True))
    return [_payout(row) for row in rows]


async def change_payouts(connection: AsyncConnection, after: Sequence[Payout], now: datetime) -> None:
    """States, with why they failed, until when they wait, and why they are held up; those that end end now."""
    rows = [(one.id, one.state.value, one.failure_code, one.due_at, one.held_up) for one in after]
    if rows:
        await (await direct_of(connection)).fetch(_CHANGE, *_columns(rows), now)


async def payout_with(connection: AsyncConnection, payout_id: UUID, *, lock: bool = False) -> Payout | None:
    statement = select(merchant_payouts).where(merchant_payouts.c.id == payout_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _payout(row)


async def save_payout(connection: AsyncConnection, payout: Payout) -> None:
    values = asdict(payout)
    await connection.execute(update(merchant_payouts).where(merchant_payouts.c.id == values.pop("id")).values(values))


async def lock_batches(connection: AsyncConnection) -> None:
    """Batches of a bank and day are numbered one at a time."""
    await connection.execute(_LOCK_BATCHES)


async def batches_on(connection: AsyncConnection, bank: str, currency: str, day: date) -> int:
    table = payout_batches
    statement = select(func.count()).where(
        table.c.bank == bank, table.c.currency == currency, table.c.execute_on == day
    )
    return int((await connection.execute(statement)).scalar_one())


async def add_batch(connection: AsyncConnection, batch: Batch, lines: Sequence[Line]) -> None:
    await connection.execute(insert(payout_batches).values(asdict(batch)))
    await connection.execute(insert(payout_batch_lines), [asdict(line) for line in lines])


async def batch_with(connection: AsyncConnection, batch_id: UUID, *, lock: bool = False) -> Batch | None:
    statement = select(payout_batches).where(payout_batches.c.id == batch_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _batch(row)


async def save_batch(connection: AsyncConnection, batch: Batch) -> None:
    values = asdict(batch)
    await connection.execute(update(payout_batches).where(payout_batches.c.id == values.pop("id")).values(values))


async def list_batches(connection: AsyncConnection, before: UUID | None, limit: int) -> list[Batch]:
    """Newest first."""
    statement = select(payout_batches)
    if before is not None:
        statement = statement.where(payout_batches.c.id < before)
    rows = await connection.execute(statement.order_by(payout_batches.c.id.desc()).limit(limit))
    return [_batch(row) for row in rows]


async def batches_to_ask(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Those that a channel carries and whose next turn is due, the longest waiting first."""
    table = payout_batches.c
    statement = select(table.id).where(table.query_at <= now).order_by(table.query_at, table.id).limit(limit)
    return list((await connection.execute(statement)).scalars())


async def line_named(connection: AsyncConnection, end_to_end_id: str) -> Line | None:
    row = (
        await connection.execute(select(payout_batch_lines).where(payout_batch_lines.c.end_to_end_id == end_to_end_id))
    ).one_or_none()
    return None if row is None else _line(row)


async def line_with(connection: AsyncConnection, line_id: UUID) -> Line | None:
    row = (await connection.execute(select(payout_batch_lines).where(payout_batch_lines.c.id == line_id))).one_or_none()
    return None if row is None else _line(row)


async def save_line(connection: AsyncConnection, line: Line) -> None:
    values = asdict(line)
    table = payout_batch_lines
    await connection.execute(update(table).where(table.c.id == values.pop("id")).values(values))


async def lines_of(connection: AsyncConnection, batch_id: UUID) -> list[Line]:
    """In the order of the file."""
    table = payout_batch_lines
    rows = await connection.execute(select(table).where(table.c.batch_id == batch_id).order_by(table.c.position))
    return [_line(row) for row in rows]


async def end_lines(connection: AsyncConnection, ended: Sequence[tuple[Line, LineState, str]]) -> None:
    rows = [(line.id, state.value, code) for line, state, code in ended]
    await (await direct_of(connection)).fetch(_END_LINES, *_columns(rows))


async def accounts_of_lines(connection: AsyncConnection, batch_id: UUID) -> dict[UUID, PayoutAccount]:
    """Where the lines of a batch go."""
    wanted = select(payout_batch_lines.c.payout_account_id).where(payout_batch_lines.c.batch_id == batch_id)
    rows = await connection.execute(select(payout_accounts).where(payout_accounts.c.id.in_(wanted)))
    return {row.id: PayoutAccount(**row._mapping) for row in rows}


def _payout(row: Row[Any]) -> Payout:
    return Payout(**dict(row._mapping) | {"state": PayoutState(row.state)})


def _line(row: Row[Any]) -> Line:
    return Line(**dict(row._mapping) | {"state": LineState(row.state)})


def _batch(row: Row[Any]) -> Batch:
    return Batch(**dict(row._mapping) | {"state": BatchState(row.state)})


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as arrays, a column each. There is at least one row."""
    return [list(column) for column in zip(*rows, strict=True)]
