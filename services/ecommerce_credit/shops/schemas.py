"""Shops and claims to them on the wire."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.ecommerce_credit.marketplaces.schemas import MarketplaceCode
from services.ecommerce_credit.sales.model import Month
from services.ecommerce_credit.shops.model import ClaimStep, Shop, ShopClaim
from services.ecommerce_credit.wire_ids import CustomerId, ShopClaimId, ShopId

ClaimStateName = Literal["pending", "approved", "declined", "withdrawn", "expired", "ended"]
SellerId = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")]
Note = Annotated[str, Field(min_length=1, max_length=1000)]
CENT = Decimal("0.01")


class ClaimRequest(wire.Request):
    """seller_id: the shop's key at its marketplace."""

    marketplace: MarketplaceCode
    seller_id: SellerId


class LinkRequest(wire.Request):
    """customer: who owns the shop; note: what proves it."""

    customer: CustomerId
    note: Note | None = None


class UnlinkRequest(wire.Request):
    note: Note | None = None


class DecisionRequest(wire.Request):
    decision: Literal["approve", "decline"]
    note: Note | None = None


class ShopAnswer(wire.Answer):
    """owner: `cus_…` or None."""

    id: ShopId
    marketplace: str
    seller_id: str
    currency: str
    owner: str | None
    opened_at: datetime
    changed_at: datetime


class ClaimAnswer(wire.Answer):
    """reason: code of how it ended; due_at: when it ends by itself."""

    id: ShopClaimId
    shop_id: ShopId
    customer: str
    state: ClaimStateName
    reason: str | None
    made_by: str
    made_at: datetime
    changed_at: datetime
    due_at: datetime | None


class StepAnswer(wire.Answer):
    number: int
    event: str | None
    state: ClaimStateName
    taken_by: str
    taken_at: datetime
    note: str | None


class StepsAnswer(wire.Answer):
    items: list[StepAnswer]


class MonthAnswer(wire.Answer):
    """A calendar month. sales_minor: prices in orders that were not cancelled; average_review: None without reviews."""

    month: wire.Day
    orders: int
    cancelled_orders: int
    sales_minor: int
    reviews: int
    average_review: wire.Rate | None


class MonthsAnswer(wire.Answer):
    """as_of_on: orders and reviews before this day are counted."""

    shop_id: ShopId
    currency: str
    as_of_on: wire.Day
    items: list[MonthAnswer]


def shop_answer(shop: Shop) -> ShopAnswer:
    return ShopAnswer.model_validate(shop)


def claim_answer(claim: ShopClaim) -> ClaimAnswer:
    return ClaimAnswer.model_validate(claim)


def steps_answer(steps: Sequence[ClaimStep]) -> StepsAnswer:
    return StepsAnswer(items=[StepAnswer.model_validate(step) for step in steps])


def months_answer(shop: Shop, as_of_on: wire.Day, months: Sequence[Month]) -> MonthsAnswer:
    return MonthsAnswer(
        shop_id=shop.id,
        currency=shop.currency,
        as_of_on=as_of_on,
        items=[
            MonthAnswer(
                month=one.month,
                orders=one.orders,
                cancelled_orders=one.cancelled_orders,
                sales_minor=one.sales_minor,
                reviews=one.reviews,
                average_review=(Decimal(one.review_points) / one.reviews).quantize(CENT) if one.reviews else None,
            )
            for one in months
        ],
    )
