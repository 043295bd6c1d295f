from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.returned_money.model import Report, ReportKind, ReportState
from services.payments.returned_money.tables import bank_report_cursors, bank_reports


async def cursor_of(connection: AsyncConnection, bank: str, *, lock: bool = False) -> int:
    """How far a bank's list was read."""
    if lock:
        first = insert(bank_report_cursors).values(bank=bank, position=0).on_conflict_do_nothing()
        await connection.execute(first)
    statement = select(bank_report_cursors.c.position).where(bank_report_cursors.c.bank == bank)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).scalar_one_or_none()
    return row or 0


async def move_cursor(connection: AsyncConnection, bank: str, position: int) -> None:
    statement = update(bank_report_cursors).where(bank_report_cursors.c.bank == bank)
    await connection.execute(statement.values(position=position))


async def add_reports(connection: AsyncConnection, reports: Sequence[Report]) -> None:
    """Those not reported before, in one statement."""
    await connection.execute(insert(bank_reports).values([asdict(one) for one in reports]).on_conflict_do_nothing())


async def report_with(connection: AsyncConnection, report_id: UUID, *, lock: bool = False) -> Report | None:
    statement = select(bank_reports).where(bank_reports.c.id == report_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else _report(row)


async def opening_of(connection: AsyncConnection, bank: str, bank_reference: str) -> Report | None:
    """The report that opened a dispute."""
    table = bank_reports
    statement = select(table).where(
        table.c.bank == bank, table.c.bank_reference == bank_reference, table.c.kind == ReportKind.DISPUTE_OPENED
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _report(row)


async def save_report(connection: AsyncConnection, report: Report) -> None:
    values = asdict(report)
    await connection.execute(update(bank_reports).where(bank_reports.c.id == values.pop("id")).values(values))


async def lock_payment(connection: AsyncConnection, instruction_reference: str) -> None:
    """Nobody else acts on a report about this payment until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(instruction_reference, 0))))


async def back_already(connection: AsyncConnection, instruction_reference: str) -> int:
    """Of one order to a bank, what came back or is disputed, disputes that were won left out."""
    table = bank_reports
    mine = table.c.instruction_reference == instruction_reference
    won = select(table.c.bank_reference).where(mine, table.c.kind == ReportKind.DISPUTE_WON)
    counted = (ReportKind.PAYOUT_RETURNED, ReportKind.CHARGE_REVERSED, ReportKind.DISPUTE_OPENED)
    statement = select(func.coalesce(func.sum(table.c.amount), 0)).where(
        mine,
        table.c.state == ReportState.BOOKED,
        table.c.kind.in_(counted),
        table.c.bank_reference.not_in(won),
    )
    return int((await connection.execute(statement)).scalar_one())


async def taken_back(connection: AsyncConnection, instruction_reference: str) -> int:
    """Of one charge, what cardholders have from their banks."""
    statement = select(func.coalesce(func.sum(bank_reports.c.amount), 0)).where(
        bank_reports.c.instruction_reference == instruction_reference,
        bank_reports.c.state == ReportState.BOOKED,
        bank_reports.c.kind.in_((ReportKind.CHARGE_REVERSED, ReportKind.DISPUTE_LOST)),
    )
    return int((await connection.execute(statement)).scalar_one())


async def due_reports(connection: AsyncConnection, now: datetime, limit: int) -> list[Report]:
    """Those to be looked at, in the order in which their banks told them."""
    table = bank_reports
    statement = select(table).where(table.c.try_at <= now).order_by(table.c.try_at, table.c.bank, table.c.position)
    statement = statement.limit(limit)
    return [_report(row) for row in await connection.execute(statement)]


async def reports_of(
    connection: AsyncConnection, owner: str | None, state: ReportState | None, before: UUID | None, limit: int
) -> list[Report]:
    """A party's, or everybody's; newest first."""
    statement = select(bank_reports)
    if owner is not None:
        statement = statement.where(bank_reports.c.owner == owner)
    if state is not None:
        statement = statement.where(bank_reports.c.state == state)
    if before is not None:
        statement = statement.where(bank_reports.c.id < before)
    rows = await connection.execute(statement.order_by(bank_reports.c.id.desc()).limit(limit))
    return [_report(row) for row in rows]


def _report(row: Row[Any]) -> Report:
    return Report(**dict(row._mapping) | {"kind": ReportKind(row.kind), "state": ReportState(row.state)})
