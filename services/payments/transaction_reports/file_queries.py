"""SQL of report files, and of the transfers that stand in them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, cast, func, insert, literal, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.transaction_reports.model import Movement, ReportFile, ReportKind, Side, TransactionReport
from services.payments.transaction_reports.tables import report_files, report_transfers, transaction_reports

_BY_TIME = (report_transfers.c.posted_at, report_transfers.c.transfer_id, report_transfers.c.side)


async def transfers_of(
    connection: AsyncConnection, report_ids: Collection[UUID], limit_each: int
) -> dict[UUID, list[Movement]]:
    """Of each report the first of its transfers, by time."""
    wanted = select(func.unnest(cast(list(report_ids), ARRAY(Uuid))).label("report_id")).subquery()
    some = select(report_transfers).where(report_transfers.c.report_id == wanted.c.report_id)
    some = some.order_by(*_BY_TIME).limit(limit_each)
    each = some.lateral()
    found: dict[UUID, list[Movement]] = {report_id: [] for report_id in report_ids}
    for row in await connection.execute(select(each).select_from(wanted.join(each, true()))):
        found[row.report_id].append(_read_movement(row))
    return found


async def more_transfers(connection: AsyncConnection, report_id: UUID, seen: Movement, limit: int) -> list[Movement]:
    """Those after one, by time."""
    after = tuple_(literal(seen.posted_at), literal(seen.id), literal(seen.side))
    statement = select(report_transfers).where(report_transfers.c.report_id == report_id, tuple_(*_BY_TIME) > after)
    rows = await connection.execute(statement.order_by(*_BY_TIME).limit(limit))
    return [_read_movement(row) for row in rows]


async def add_file(connection: AsyncConnection, file: ReportFile) -> None:
    await connection.execute(insert(report_files).values(asdict(file)))


async def save_reported(connection: AsyncConnection, reports: Sequence[TransactionReport]) -> None:
    """All of one file at once."""
    one = reports[0]
    statement = update(transaction_reports).where(transaction_reports.c.id.in_([report.id for report in reports]))
    await connection.execute(
        statement.values(
            state=one.state, file_id=one.file_id, ended_by=one.ended_by, ended_at=one.ended_at, due_at=None
        )
    )


async def file_with(connection: AsyncConnection, file_id: UUID) -> ReportFile | None:
    row = (await connection.execute(select(report_files).where(report_files.c.id == file_id))).one_or_none()
    return None if row is None else _read_file(row)


async def list_files(connection: AsyncConnection, before: UUID | None, limit: int) -> list[ReportFile]:
    """Newest first."""
    statement = select(report_files)
    if before is not None:
        statement = statement.where(report_files.c.id < before)
    rows = await connection.execute(statement.order_by(report_files.c.id.desc()).limit(limit))
    return [_read_file(row) for row in rows]


def _read_movement(row: Row[Any]) -> Movement:
    facts = dict(row._mapping) | {"id": row.transfer_id, "side": Side(row.side)}
    return Movement(**{name: facts[name] for name in Movement.__dataclass_fields__})


def _read_file(row: Row[Any]) -> ReportFile:
    return ReportFile(**dict(row._mapping) | {"kind": ReportKind(row.kind)})
