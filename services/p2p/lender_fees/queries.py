"""The SQL of lenders' fees."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.claims.tables import claims
from services.p2p.lender_fees.model import Chargeable
from services.p2p.lender_fees.tables import lender_fee_months
from services.p2p.programmes.model import LenderFees

# Rows are made, and locked, in the order of holders: two repayments that have lenders in common wait for each other, never both.
_MAKE = text("""
    INSERT INTO lender_fee_months (holder, programme, month, charged_minor)
    SELECT holder, :programme, :month, 0 FROM unnest(CAST(:holders AS text[])) AS each (holder) ORDER BY holder
    ON CONFLICT DO NOTHING
""")
_LOCK = text("""
    SELECT holder, charged_minor FROM lender_fee_months
    WHERE programme = :programme AND month = :month AND holder = ANY(CAST(:holders AS text[])) ORDER BY holder FOR UPDATE
""")
_ADD = text("""
    UPDATE lender_fee_months SET charged_minor = charged_minor + each.fee_minor
    FROM unnest(CAST(:holders AS text[]), CAST(:fees AS bigint[])) AS each (holder, fee_minor)
    WHERE lender_fee_months.holder = each.holder AND programme = :programme AND month = :month
""")


async def lent(connection: AsyncConnection, holders: Collection[str], currency: str) -> dict[str, int]:
    """All that each has ever lent in a currency; what she bought of others is not lent."""
    wanted = (
        select(claims.c.holder, func.sum(claims.c.funded_minor))
        .where(claims.c.holder.in_(holders), claims.c.currency == currency)
        .group_by(claims.c.holder)
    )
    return {holder: int(amount) for holder, amount in await connection.execute(wanted)}


async def locked(connection: AsyncConnection, holders: Collection[str], programme: str, month: date) -> dict[str, int]:
    """What each was charged in the month so far; nobody else charges them until this transaction ends."""
    facts = {"holders": sorted(holders), "programme": programme, "month": month}
    await connection.execute(_MAKE, facts)
    return {row.holder: row.charged_minor for row in await connection.execute(_LOCK, facts)}


async def add(connection: AsyncConnection, fees: Mapping[str, int], programme: str, month: date) -> None:
    """fees: by holder; negative where they are given back. Their rows are locked."""
    names = sorted(fees)
    facts = {"holders": names, "fees": [fees[name] for name in names], "programme": programme, "month": month}
    await connection.execute(_ADD, facts)


async def chargeable(
    connection: AsyncConnection, holder: str, programme: str, currency: str, fees: LenderFees, today: date
) -> Chargeable:
    """How somebody stands today under a programme with these fees."""
    month = today.replace(day=1)
    lent_minor = (await lent(connection, [holder], currency)).get(holder, 0)
    return Chargeable(fees, lent_minor, await charged(connection, holder, programme, month), month)


async def charged(connection: AsyncConnection, holder: str, programme: str, month: date) -> int:
    table = lender_fee_months.c
    wanted = select(table.charged_minor).where(
        table.holder == holder, table.programme == programme, table.month == month
    )
    return (await connection.execute(wanted)).scalar_one_or_none() or 0
