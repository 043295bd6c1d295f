"""Marketplaces on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chassis import wire
from services.ecommerce_credit.marketplaces.model import Extent, Marketplace

MarketplaceCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["olist"])]


class MarketplaceAnswer(wire.Answer):
    """shops, orders: imported so far; known_to_on: day of the newest order, in the marketplace's zone."""

    code: str
    currency: str
    zone: str
    shops: int
    orders: int
    known_to_on: wire.Day | None
    first_import_at: datetime


class MarketplacesAnswer(wire.Answer):
    items: list[MarketplaceAnswer]


def marketplace_answer(marketplace: Marketplace, extent: Extent) -> MarketplaceAnswer:
    return MarketplaceAnswer(
        code=marketplace.code,
        currency=marketplace.currency,
        zone=marketplace.zone,
        shops=extent.shops,
        orders=extent.orders,
        known_to_on=extent.known_to_on,
        first_import_at=marketplace.first_import_at,
    )
