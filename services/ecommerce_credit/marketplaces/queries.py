"""The SQL of marketplaces."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ecommerce_credit.marketplaces.model import Extent, Marketplace
from services.ecommerce_credit.marketplaces.tables import marketplaces
from services.ecommerce_credit.sales.tables import orders
from services.ecommerce_credit.shops.tables import shops

_COLUMNS = [marketplaces.c[name] for name in Marketplace.__slots__]


async def add(connection: AsyncConnection, marketplace: Marketplace) -> None:
    """The first one of a code stays."""
    await connection.execute(insert(marketplaces).values(asdict(marketplace)).on_conflict_do_nothing())


async def load(connection: AsyncConnection, code: str) -> Marketplace | None:
    row = (await connection.execute(select(*_COLUMNS).where(marketplaces.c.code == code))).one_or_none()
    return None if row is None else Marketplace(**row._mapping)


async def every(connection: AsyncConnection) -> list[Marketplace]:
    wanted = select(*_COLUMNS).order_by(marketplaces.c.code)
    return [Marketplace(**row._mapping) for row in await connection.execute(wanted)]


async def known_to(connection: AsyncConnection, code: str) -> date | None:
    """Day of the marketplace's newest order, in its own calendar."""
    wanted = select(func.max(orders.c.purchased_on)).where(orders.c.marketplace == code)
    found: date | None = (await connection.execute(wanted)).scalar_one()
    return found


async def extent(connection: AsyncConnection, code: str) -> Extent:
    counted = select(func.count()).select_from(shops).where(shops.c.marketplace == code).scalar_subquery()
    wanted = select(
        counted.label("shops"), func.count().label("orders"), func.max(orders.c.purchased_on).label("newest")
    )
    row = (await connection.execute(wanted.where(orders.c.marketplace == code))).one()
    return Extent(row.shops, row.orders, row.newest)
