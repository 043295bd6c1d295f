"""What loans owe of days that are past, and what was repaid of them meanwhile: all that collections read of schedules and repayments."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.collections.model import Arrears
from services.p2p.collections.tables import collection_cases
from services.p2p.debiting.model import OPEN
from services.p2p.debiting.tables import loan_debits
from services.p2p.loans.model import OWED
from services.p2p.loans.tables import loan_rows, loans
from services.p2p.partner_receipts.model import ReceiptState
from services.p2p.partner_receipts.tables import partner_receipts
from services.p2p.repayments.model import RepaymentState
from services.p2p.repayments.tables import repayments

_DEBITED = [state.value for state in OPEN]
_RECEIVED = [ReceiptState.HELD.value, ReceiptState.PASSING.value]
LEFT = (
    loan_rows.c.principal_minor
    - loan_rows.c.principal_paid_minor
    + loan_rows.c.interest_minor
    - loan_rows.c.interest_paid_minor
)
"""What is left of a row that is not paid."""
UNPAID = and_(loan_rows.c.paid_at.is_(None), LEFT > 0)


async def overdue(connection: AsyncConnection, loan_ids: Sequence[UUID], today: date) -> dict[UUID, Arrears]:
    """Of the loans given those that owe something whose day is past."""
    wanted = (
        select(loans.c.id, loans.c.outstanding_minor, func.min(loan_rows.c.due_on), func.sum(LEFT))
        .join(loan_rows, loan_rows.c.loan_id == loans.c.id)
        .where(loans.c.id.in_(loan_ids), loans.c.state.in_(OWED))
        .where(UNPAID, loan_rows.c.due_on < today)
        .group_by(loans.c.id)
    )
    return {
        loan_id: Arrears(oldest, int(amount), outstanding)
        for loan_id, outstanding, oldest, amount in await connection.execute(wanted)
    }


async def without_case(connection: AsyncConnection, today: date, limit: int) -> list[UUID]:
    """Loans that fell behind and have no case, those that have waited longest first."""
    alive = select(collection_cases.c.id).where(
        collection_cases.c.loan_id == loans.c.id, collection_cases.c.state != "closed"
    )
    wanted = (
        select(loans.c.id)
        .join(loan_rows, loan_rows.c.loan_id == loans.c.id)
        .where(UNPAID, loan_rows.c.due_on < today)
        .where(loans.c.state.in_(OWED), ~alive.exists())
        .group_by(loans.c.id)
        .order_by(func.min(loan_rows.c.due_on), loans.c.id)
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


async def on_its_way(connection: AsyncConnection, loan_ids: Sequence[UUID]) -> set[UUID]:
    """Of the loans given those of which a bank is debiting the borrower, or whoever proposed the loan has money that she paid."""
    debited = select(loan_debits.c.loan_id).where(
        loan_debits.c.loan_id.in_(loan_ids), loan_debits.c.state.in_(_DEBITED)
    )
    held = select(partner_receipts.c.loan_id).where(
        partner_receipts.c.loan_id.in_(loan_ids), partner_receipts.c.state.in_(_RECEIVED)
    )
    return set((await connection.execute(debited.union(held))).scalars())


async def owed_by(connection: AsyncConnection, loan_id: UUID, day: date) -> int:
    """What of a loan is due by the end of a day and not paid; minor units."""
    wanted = select(func.coalesce(func.sum(LEFT), 0)).where(
        loan_rows.c.loan_id == loan_id, UNPAID, loan_rows.c.due_on <= day
    )
    return int((await connection.execute(wanted)).scalar_one())


async def repaid(connection: AsyncConnection, loan_id: UUID, since: datetime, until: datetime) -> tuple[int, bool]:
    """What was repaid of a loan by repayments asked for in a time, and whether one of them is still under way."""
    shared = repayments.c.state == RepaymentState.SHARED.value
    pending = repayments.c.state == RepaymentState.PENDING.value
    wanted = select(
        func.coalesce(func.sum(repayments.c.amount_minor).filter(shared), 0),
        func.coalesce(func.bool_or(pending), False),
    ).where(repayments.c.loan_id == loan_id, repayments.c.requested_at >= since, repayments.c.requested_at < until)
    amount, unknown = (await connection.execute(wanted)).one()
    return int(amount), bool(unknown)


async def by_days(connection: AsyncConnection, today: date) -> list[tuple[str, str, int, int, int, int]]:
    """Running loans by programme, currency and days past due: how many, principal outstanding, overdue."""
    each = (
        select(
            loans.c.id,
            loans.c.programme_code,
            loans.c.currency,
            loans.c.outstanding_minor,
            func.min(loan_rows.c.due_on).label("oldest"),
            func.coalesce(func.sum(LEFT), 0).label("overdue"),
        )
        .outerjoin(
            loan_rows,
            and_(loan_rows.c.loan_id == loans.c.id, UNPAID, loan_rows.c.due_on < today),
        )
        .where(loans.c.state.in_(OWED))
        .group_by(loans.c.id)
        .subquery()
    )
    days = func.coalesce(today - each.c.oldest, 0)
    key = (each.c.programme_code, each.c.currency, days)
    sums = (func.count(), func.sum(each.c.outstanding_minor), func.sum(each.c.overdue))
    found = await connection.execute(select(*key, *sums).group_by(*key).order_by(*key))
    return [(code, currency, int(late), int(n), int(left), int(due)) for code, currency, late, n, left, due in found]
