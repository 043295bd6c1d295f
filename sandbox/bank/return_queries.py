"""The SQL of what banks report after a payment was final."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bank.model import InstructionState
from sandbox.bank.return_model import Dispute, DisputeState, Report
from sandbox.bank.return_tables import bank_disputes, bank_reports
from sandbox.bank.tables import bank_instructions

_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('sandbox.bank_reports', 0))")


async def add_report(connection: AsyncConnection, report: Report) -> bool:
    """False if it was reported before. One at a time, so that positions are committed in their order."""
    await connection.execute(_IN_TURN)
    statement = insert(bank_reports).values(asdict(report)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def reports_after(connection: AsyncConnection, bank: str, after: int, limit: int) -> Sequence[Row[Any]]:
    statement = (
        select(bank_reports)
        .where(bank_reports.c.bank == bank, bank_reports.c.position > after)
        .order_by(bank_reports.c.position)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def unreported(
    connection: AsyncConnection, kind: str, amount: int, now: datetime, delay: timedelta, limit: int
) -> Sequence[Any]:
    """Instructions of a magic amount that succeeded so long ago, and nothing was reported of them yet."""
    told = select(bank_reports.c.position).where(
        bank_reports.c.bank == bank_instructions.c.bank,
        bank_reports.c.instruction_kind == bank_instructions.c.kind,
        bank_reports.c.instruction_reference == bank_instructions.c.reference,
    )
    statement = (
        select(bank_instructions.c.bank, bank_instructions.c.reference)
        .where(
            bank_instructions.c.kind == kind,
            bank_instructions.c.amount == amount,
            bank_instructions.c.state == InstructionState.SUCCEEDED,
            bank_instructions.c.booked_at <= now - delay,
            ~told.exists(),
        )
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def add_dispute(connection: AsyncConnection, dispute: Dispute) -> None:
    await connection.execute(insert(bank_disputes).values(asdict(dispute)))


async def dispute_referenced(
    connection: AsyncConnection, bank: str, reference: str, *, lock: bool = False
) -> Dispute | None:
    table = bank_disputes
    statement = select(table).where(table.c.bank == bank, table.c.reference == reference)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else Dispute(**dict(row._mapping) | {"state": DisputeState(row.state)})


async def save_dispute(connection: AsyncConnection, dispute: Dispute) -> None:
    values, table = asdict(dispute), bank_disputes
    mine = (table.c.bank == values.pop("bank"), table.c.reference == values.pop("reference"))
    await connection.execute(update(table).where(*mine).values(values))


async def due_disputes(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[Any]:
    statement = select(bank_disputes.c.bank, bank_disputes.c.reference).where(bank_disputes.c.due_at <= now)
    return (await connection.execute(statement.limit(limit))).all()
