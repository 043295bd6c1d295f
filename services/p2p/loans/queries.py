"""The SQL of loans."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.listings.tables import listings
from services.p2p.loans.model import Loan, LoanRow, LoanState
from services.p2p.loans.tables import loan_rows, loans, past_loan_rows

_COLUMNS = [loans.c[name] for name in Loan.__slots__]
_ROW = [loan_rows.c[name] for name in LoanRow.__slots__]


async def add(connection: AsyncConnection, loan: Loan, rows: Sequence[LoanRow]) -> None:
    await connection.execute(insert(loans).values(_values(loan)))
    await connection.execute(insert(loan_rows), [asdict(row) for row in rows])


async def load(connection: AsyncConnection, loan_id: UUID, *, lock: bool = False) -> Loan | None:
    wanted = select(*_COLUMNS).where(loans.c.id == loan_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _loan(row)


async def retained_by(connection: AsyncConnection, loan_id: UUID) -> str | None:
    """Who keeps a share of the loan, as whoever proposed it."""
    wanted = select(listings.c.retained_by).join(loans, loans.c.listing_id == listings.c.id)
    found: str | None = (await connection.execute(wanted.where(loans.c.id == loan_id))).scalar_one_or_none()
    return found


async def load_many(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, Loan]:
    wanted = select(*_COLUMNS).where(loans.c.id.in_(loan_ids))
    return {row.id: _loan(row) for row in await connection.execute(wanted)}


async def of_listing(connection: AsyncConnection, listing_id: UUID) -> Loan | None:
    """The one that was not cancelled."""
    wanted = select(*_COLUMNS).where(loans.c.listing_id == listing_id, loans.c.state != LoanState.CANCELLED.value)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _loan(row)


async def find(
    connection: AsyncConnection,
    *,
    borrower: str | None,
    state: str | None,
    after: UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Loan]:
    """Newest first, or oldest first with `after`; at most limit + 1. Pass UUID(int=0) to begin with the oldest."""
    forward = after is not None
    wanted = select(*_COLUMNS).order_by(loans.c.id if forward else loans.c.id.desc()).limit(limit + 1)
    if borrower is not None:
        wanted = wanted.where(loans.c.borrower == borrower)
    if state is not None:
        wanted = wanted.where(loans.c.state == state)
    if after is not None:
        wanted = wanted.where(loans.c.id > after)
    if before is not None:
        wanted = wanted.where(loans.c.id < before)
    return [_loan(row) for row in await connection.execute(wanted)]


async def save(connection: AsyncConnection, loan: Loan) -> None:
    await connection.execute(update(loans).where(loans.c.id == loan.id).values(_values(loan)))


async def rows(connection: AsyncConnection, loan_id: UUID) -> list[LoanRow]:
    wanted = select(*_ROW).where(loan_rows.c.loan_id == loan_id).order_by(loan_rows.c.number)
    return [LoanRow(**row._mapping) for row in await connection.execute(wanted)]


async def unpaid_rows(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> dict[UUID, list[LoanRow]]:
    """What each loan still asks for, in order."""
    wanted = (
        select(*_ROW)
        .where(loan_rows.c.loan_id.in_(loan_ids), loan_rows.c.paid_at.is_(None))
        .order_by(loan_rows.c.loan_id, loan_rows.c.number)
    )
    found: dict[UUID, list[LoanRow]] = {loan_id: [] for loan_id in loan_ids}
    for row in await connection.execute(wanted):
        found[row.loan_id].append(LoanRow(**row._mapping))
    return found


async def save_paid(connection: AsyncConnection, changed: Sequence[LoanRow]) -> None:
    """What is paid of rows of one loan, the rest of them staying as it is."""
    if not changed:
        return
    names = ("principal_paid_minor", "interest_paid_minor", "late_paid_minor", "repayment_id", "paid_at")
    statement = update(loan_rows).where(
        loan_rows.c.loan_id == bindparam("its_loan"), loan_rows.c.number == bindparam("its_number")
    )
    values = [
        {"its_loan": row.loan_id, "its_number": row.number} | {name: getattr(row, name) for name in names}
        for row in changed
    ]
    await connection.execute(statement.values({name: bindparam(name) for name in names}), values)


async def replace_rows(
    connection: AsyncConnection, loan: Loan, rows: Sequence[LoanRow], now: datetime, *, cause: str, cause_id: str
) -> None:
    """Another schedule in force for a loan; the one of its present version is kept."""
    kept = ("loan_id", "number", "from_on", "due_on", "days", "principal_minor", "interest_minor", "balance_minor")
    past = select(
        *(loan_rows.c[name] for name in kept),
        literal(loan.schedule_version),
        literal(now),
        literal(cause),
        literal(cause_id),
    ).where(loan_rows.c.loan_id == loan.id)
    names = [*kept, "version", "superseded_at", "cause", "cause_id"]
    await connection.execute(insert(past_loan_rows).from_select(names, past))
    await connection.execute(delete(loan_rows).where(loan_rows.c.loan_id == loan.id))
    await connection.execute(insert(loan_rows), [asdict(row) for row in rows])


async def past_rows(connection: AsyncConnection, loan_id: UUID, version: int) -> list[LoanRow]:
    """The rows of a schedule that is in force no more, as they were agreed; none if there was no such version."""
    kept = [column for column in past_loan_rows.c if column.name in LoanRow.__slots__]
    wanted = select(*kept).where(past_loan_rows.c.loan_id == loan_id, past_loan_rows.c.version == version)
    found = await connection.execute(wanted.order_by(past_loan_rows.c.number))
    return [LoanRow(**row._mapping, repayment_id=None, paid_at=None) for row in found]


async def owed_by(connection: AsyncConnection, borrower: str, currency: str) -> int:
    """Principal somebody owes here, loans on their way to her included; minor units."""
    wanted = select(func.coalesce(func.sum(loans.c.outstanding_minor), 0)).where(
        loans.c.borrower == borrower, loans.c.currency == currency
    )
    return int((await connection.execute(wanted)).scalar_one())


def _values(loan: Loan) -> dict[str, Any]:
    return asdict(loan) | {"state": loan.state.value}


def _loan(row: Any) -> Loan:
    return Loan(**dict(row._mapping) | {"state": LoanState(row.state)})
