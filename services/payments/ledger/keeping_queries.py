"""What stories keep on accounts. The account itself is locked by the caller."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.ledger.tables import ledger_kept_amounts


async def kept_on(connection: AsyncConnection, account_id: UUID) -> int:
    """How much of the amount frozen on an account is a story's."""
    statement = select(ledger_kept_amounts.c.amount).where(ledger_kept_amounts.c.account_id == account_id)
    return (await connection.execute(statement)).scalar_one_or_none() or 0


async def keep(connection: AsyncConnection, account_id: UUID, amount: int) -> None:
    values = {"account_id": account_id, "amount": amount}
    statement = insert(ledger_kept_amounts).values(values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_={"amount": amount}))
