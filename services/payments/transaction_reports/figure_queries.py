"""From which amount on something is reported: figures by the day from which they hold."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.transaction_reports.model import Figure, ReportRule, StatedFigure
from services.payments.transaction_reports.tables import report_figures

_FIGURES_BEGIN = text("""SELECT max(first) FROM (SELECT min(valid_from) AS first FROM report_figures GROUP BY rule) AS begun
    HAVING count(*) = :rules""")


async def figures_on(connection: AsyncConnection, day: date) -> dict[ReportRule, Figure]:
    """Of each rule the one in force."""
    of = report_figures.c
    statement = select(report_figures).where(of.valid_from <= day).order_by(of.valid_from, of.position)
    return {ReportRule(row.rule): _read_figure(row) for row in await connection.execute(statement)}


async def stated_figures(connection: AsyncConnection, before: UUID | None, limit: int) -> list[StatedFigure]:
    """Newest first."""
    statement = select(report_figures)
    if before is not None:
        statement = statement.where(report_figures.c.id < before)
    rows = await connection.execute(statement.order_by(report_figures.c.id.desc()).limit(limit))
    return [StatedFigure(row.id, _read_figure(row), row.stated_by, row.stated_at) for row in rows]


async def add_figure(connection: AsyncConnection, stated: StatedFigure) -> None:
    values = asdict(stated.figure) | {"id": stated.id, "stated_by": stated.stated_by, "stated_at": stated.stated_at}
    await connection.execute(insert(report_figures).values(values))


async def figures_begin(connection: AsyncConnection) -> date | None:
    """From which day on every rule has its figures."""
    return (await connection.execute(_FIGURES_BEGIN, {"rules": len(ReportRule)})).scalar_one_or_none()


def _read_figure(row: Row[Any]) -> Figure:
    facts = {name: row._mapping[name] for name in Figure.__dataclass_fields__}
    return Figure(**facts | {"rule": ReportRule(row.rule)})
