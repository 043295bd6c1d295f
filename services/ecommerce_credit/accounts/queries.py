"""The SQL of house accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.accounts.model import HouseAccount, HousePurpose
from services.ecommerce_credit.accounts.tables import house_accounts


async def find(connection: AsyncConnection, currency: str) -> dict[HousePurpose, UUID]:
    wanted = select(house_accounts.c.purpose, house_accounts.c.account_id).where(house_accounts.c.currency == currency)
    return {HousePurpose(row.purpose): row.account_id for row in await connection.execute(wanted)}


async def every(connection: AsyncConnection) -> list[HouseAccount]:
    wanted = select(house_accounts).order_by(house_accounts.c.purpose, house_accounts.c.currency)
    return [
        HouseAccount(HousePurpose(row.purpose), row.currency, row.account_id)
        for row in await connection.execute(wanted)
    ]


async def add(connection: AsyncConnection, account: HouseAccount, now: datetime) -> None:
    """The first account recorded for a purpose and currency stays."""
    values = {
        "purpose": account.purpose.value,
        "currency": account.currency,
        "account_id": account.account_id,
        "recorded_at": now,
    }
    await connection.execute(insert(house_accounts).values(values).on_conflict_do_nothing())
