"""The SQL of the rounds of a day."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.debiting.model import OPEN, DebitAttempt
from services.p2p.debiting.tables import collection_attempts, loan_debits
from services.p2p.loans.model import OWED
from services.p2p.loans.tables import loan_rows, loans
from services.p2p.partner_receipts.tables import partner_receipts
from services.p2p.repayments.tables import repayments

_COLUMNS = [collection_attempts.c[name] for name in DebitAttempt.__slots__]
_OPEN = [state.value for state in OPEN]


async def due(
    connection: AsyncConnection, day: date, number: int, *, after: UUID, limit: int
) -> list[tuple[UUID, str, str]]:
    """Loans with something due that were not tried in this round: (loan, borrower, currency), by loan. Not those of which a partner has
    money that the borrower paid: she would pay twice.
    """
    unpaid = exists().where(loan_rows.c.loan_id == loans.c.id, loan_rows.c.paid_at.is_(None), loan_rows.c.due_on <= day)
    tried = exists().where(
        collection_attempts.c.loan_id == loans.c.id,
        collection_attempts.c.on_day == day,
        collection_attempts.c.round == number,
    )
    waiting = exists().where(repayments.c.loan_id == loans.c.id, repayments.c.state.in_(("pending", "reversing")))
    with_partner = exists().where(
        partner_receipts.c.loan_id == loans.c.id, partner_receipts.c.state.in_(("held", "passing"))
    )
    debited = exists().where(loan_debits.c.loan_id == loans.c.id, loan_debits.c.state.in_(_OPEN))
    wanted = (
        select(loans.c.id, loans.c.borrower, loans.c.currency)
        .where(loans.c.state.in_(OWED), loans.c.id > after, unpaid, ~tried, ~waiting, ~with_partner, ~debited)
        .order_by(loans.c.id)
        .limit(limit)
    )
    return [(row.id, row.borrower, row.currency) for row in await connection.execute(wanted)]


async def tried(connection: AsyncConnection, loan_id: UUID, day: date, number: int) -> bool:
    wanted = select(collection_attempts.c.loan_id).where(
        collection_attempts.c.loan_id == loan_id,
        collection_attempts.c.on_day == day,
        collection_attempts.c.round == number,
    )
    return (await connection.execute(wanted)).first() is not None


async def add(connection: AsyncConnection, attempt: DebitAttempt) -> None:
    await connection.execute(insert(collection_attempts).values(asdict(attempt)))


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Looks that found nothing, so long ago; how many there were of them, at most limit."""
    key = (collection_attempts.c.loan_id, collection_attempts.c.on_day, collection_attempts.c.round)
    old = (
        select(*key)
        .where(collection_attempts.c.repayment_id.is_(None), collection_attempts.c.tried_at < before)
        .limit(limit)
        .subquery()
    )
    same = [column == old.c[column.name] for column in key]
    return (await connection.execute(delete(collection_attempts).where(*same))).rowcount


async def of_loan(
    connection: AsyncConnection, loan_id: UUID, *, before: tuple[date, int] | None, limit: int
) -> list[DebitAttempt]:
    """Newest first, at most limit + 1."""
    day, number = collection_attempts.c.on_day, collection_attempts.c.round
    wanted = select(*_COLUMNS).where(collection_attempts.c.loan_id == loan_id)
    if before is not None:
        wanted = wanted.where((day < before[0]) | ((day == before[0]) & (number < before[1])))
    wanted = wanted.order_by(day.desc(), number.desc()).limit(limit + 1)
    return [DebitAttempt(**row._mapping) for row in await connection.execute(wanted)]
