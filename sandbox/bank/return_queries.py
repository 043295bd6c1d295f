"""The SQL of what institutions report after a payment was final: each statement is about the one that is named."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bank.model import InstructionKind, InstructionState
from sandbox.bank.return_model import Dispute, DisputeState, Payment, Report
from sandbox.bank.return_tables import RETURNS
from sandbox.bank.tables import BOOKS


async def add_report(connection: AsyncConnection, report: Report) -> bool:
    """False if it was reported before. One at a time, so that positions are committed in their order."""
    in_turn = func.pg_advisory_xact_lock(func.hashtextextended(f"sandbox.reports.{report.bank}", 0))
    await connection.execute(select(in_turn))
    statement = insert(RETURNS[report.bank].reports).values(_values(report)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def reports_after(connection: AsyncConnection, bank: str, after: int, limit: int) -> Sequence[Row[Any]]:
    reports = RETURNS[bank].reports
    statement = select(reports).where(reports.c.position > after).order_by(reports.c.position).limit(limit)
    return (await connection.execute(statement)).all()


async def unreported(
    connection: AsyncConnection, bank: str, kind: str, amount: int, now: datetime, delay: timedelta, limit: int
) -> list[str]:
    """References of payments of a magic amount that succeeded so long ago, and nothing was reported of them yet."""
    if kind == InstructionKind.CREDIT_TRANSFER:
        return await _unreported_orders(connection, bank, amount, now, delay, limit)
    reports, instructions = RETURNS[bank].reports, BOOKS[bank].instructions
    told = select(reports.c.position).where(
        reports.c.instruction_kind == instructions.c.kind, reports.c.instruction_reference == instructions.c.reference
    )
    statement = (
        select(instructions.c.reference)
        .where(
            instructions.c.kind == kind,
            instructions.c.amount == amount,
            instructions.c.state == InstructionState.SUCCEEDED,
            instructions.c.booked_at <= now - delay,
            ~told.exists(),
        )
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


async def _unreported_orders(
    connection: AsyncConnection, bank: str, amount: int, now: datetime, delay: timedelta, limit: int
) -> list[str]:
    reports, orders = RETURNS[bank].reports, BOOKS[bank].payment_orders
    told = select(reports.c.position).where(
        reports.c.instruction_kind == InstructionKind.CREDIT_TRANSFER,
        reports.c.instruction_reference == orders.c.end_to_end_id,
    )
    statement = select(orders.c.end_to_end_id).where(
        orders.c.amount == amount, orders.c.booked_at <= now - delay, ~told.exists()
    )
    return list((await connection.execute(statement.limit(limit))).scalars())


async def payment_order_referenced(connection: AsyncConnection, bank: str, end_to_end_id: str) -> Payment | None:
    """The one that was ordered last, locked."""
    table = BOOKS[bank].payment_orders
    statement = select(table).where(table.c.end_to_end_id == end_to_end_id).order_by(table.c.received_at.desc())
    row = (await connection.execute(statement.limit(1).with_for_update())).one_or_none()
    if row is None:
        return None
    kind, paid = InstructionKind.CREDIT_TRANSFER, row.booked_at is not None
    return Payment(kind, end_to_end_id, row.creditor_account, row.amount, row.currency, paid)


async def add_dispute(connection: AsyncConnection, dispute: Dispute) -> None:
    await connection.execute(insert(RETURNS[dispute.bank].disputes).values(_values(dispute)))


async def dispute_referenced(
    connection: AsyncConnection, bank: str, reference: str, *, lock: bool = False
) -> Dispute | None:
    table = RETURNS[bank].disputes
    statement = select(table).where(table.c.reference == reference)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Dispute(bank=bank, **dict(row._mapping) | {"state": DisputeState(row.state)})


async def save_dispute(connection: AsyncConnection, dispute: Dispute) -> None:
    values, table = _values(dispute), RETURNS[dispute.bank].disputes
    await connection.execute(update(table).where(table.c.reference == values.pop("reference")).values(values))


async def due_disputes(connection: AsyncConnection, bank: str, now: datetime, limit: int) -> list[str]:
    """Their references."""
    table = RETURNS[bank].disputes
    statement = select(table.c.reference).where(table.c.due_at <= now).limit(limit)
    return list((await connection.execute(statement)).scalars())


def _values(record: Report | Dispute) -> dict[str, Any]:
    """A row of its institution's own books, which need not say whose they are."""
    values = asdict(record)
    del values["bank"]
    return values
