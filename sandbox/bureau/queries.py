"""The SQL of the credit bureau."""

from dataclasses import asdict

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.bureau.model import Borrowing, Report
from sandbox.bureau.tables import bureau_borrowings, bureau_reports


async def tell(connection: AsyncConnection, borrowing: Borrowing) -> None:
    """The lender's latest word counts."""
    statement = insert(bureau_borrowings).values(asdict(borrowing))
    newer = {name: statement.excluded[name] for name in ("person", "currency", "owed", "past_due", "told_at")}
    await connection.execute(statement.on_conflict_do_update(index_elements=["lender", "reference"], set_=newer))


async def owed_elsewhere(connection: AsyncConnection, asker: str, person: str, currency: str) -> tuple[int, int, int]:
    """Lenders, what is owed to them, and what of it is past due."""
    table = bureau_borrowings.c
    wanted = select(
        func.count(table.lender.distinct()),
        func.coalesce(func.sum(table.owed), 0),
        func.coalesce(func.sum(table.past_due), 0),
    ).where(table.person == person, table.currency == currency, table.lender != asker, table.owed > 0)
    lenders, owed, past_due = (await connection.execute(wanted)).one()
    return int(lenders), int(owed), int(past_due)


async def add_report(connection: AsyncConnection, report: Report) -> bool:
    """False if this reference has been asked."""
    result = await connection.execute(insert(bureau_reports).values(asdict(report)).on_conflict_do_nothing())
    return result.rowcount == 1


async def report_of(connection: AsyncConnection, asker: str, reference: str) -> Report | None:
    wanted = select(bureau_reports).where(bureau_reports.c.asker == asker, bureau_reports.c.reference == reference)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else Report(**row._mapping)
