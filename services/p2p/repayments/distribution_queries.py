"""The SQL of accounts from which a loan's repayments go to holders in other books."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.losses.tables import compensations
from services.p2p.partner_receipts.tables import partner_interest_shares, partner_receipts
from services.p2p.repayments.model import DistributionAccount
from services.p2p.repayments.tables import distribution_accounts, repayments


async def of_loan(connection: AsyncConnection, loan_id: UUID) -> dict[int, UUID]:
    """By book."""
    wanted = select(distribution_accounts.c.book_id, distribution_accounts.c.account_id)
    found = await connection.execute(wanted.where(distribution_accounts.c.loan_id == loan_id))
    return {row.book_id: row.account_id for row in found}


async def add(
    connection: AsyncConnection, loan_id: UUID, book_id: int, currency: str, account_id: UUID, now: datetime
) -> None:
    """The first one recorded for a loan and book stays."""
    values = {"loan_id": loan_id, "book_id": book_id, "currency": currency, "account_id": account_id, "opened_at": now}
    await connection.execute(insert(distribution_accounts).values(values).on_conflict_do_nothing())


async def find(connection: AsyncConnection, *, after: UUID, limit: int) -> list[DistributionAccount]:
    """By account, at most limit + 1; moving: something of the loan is on its way to several books."""
    loan_id = distribution_accounts.c.loan_id
    moving = or_(
        exists().where(repayments.c.loan_id == loan_id, repayments.c.state == "pending", repayments.c.by_book),
        exists().where(compensations.c.loan_id == loan_id, compensations.c.state == "pending"),
        exists().where(
            partner_receipts.c.loan_id == loan_id,
            partner_receipts.c.state == "owing",
            partner_interest_shares.c.receipt_id == partner_receipts.c.id,
            _book(partner_interest_shares.c.account_id) != _book(partner_receipts.c.account_id),
        ),
    )
    wanted = (
        select(
            distribution_accounts.c.loan_id,
            distribution_accounts.c.book_id,
            distribution_accounts.c.currency,
            distribution_accounts.c.account_id,
            moving.label("moving"),
        )
        .where(distribution_accounts.c.account_id > after)
        .order_by(distribution_accounts.c.account_id)
        .limit(limit + 1)
    )
    return [DistributionAccount(**row._mapping) for row in await connection.execute(wanted)]


def _book(account_id: ColumnElement[UUID]) -> ColumnElement[str]:
    """As `chassis.ids.book_of` has it: the last 16 bits."""
    return func.right(cast(account_id, Text), 4)
