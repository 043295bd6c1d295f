"""Standing orders on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chassis import wire
from services.p2p.programmes.schemas import Grade, ProgrammeCode
from services.p2p.standing_orders.actions import OrderTerms, criteria_of
from services.p2p.standing_orders.model import Bounds, ResaleWish, StandingOrder
from services.p2p.wire_ids import StandingOrderId

StateName = Literal["opening", "active", "paused", "ended"]
Floor = Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal(1), decimal_places=4)]
Share = Annotated[wire.Rate, Field(ge=Decimal(0), le=Decimal(1), decimal_places=4)]


Price = Annotated[wire.Rate, Field(ge=Decimal("0.5"), le=Decimal("1.5"), decimal_places=6)]


class ResaleWishRequest(wire.Request):
    """Which offers of claims the order buys, of its programmes and grades. least_yield: yearly, at the price; prices: shares of principal
    and accrued interest; longest_months: until the last row is due."""

    least_yield: Floor
    least_price: Price = Decimal("0.5")
    largest_price: Price = Decimal("1.05")
    longest_months: Annotated[int, Field(ge=1, le=360)] = 360


class ResaleWishAnswer(wire.Answer):
    least_yield: wire.Rate
    least_price: wire.Rate
    largest_price: wire.Rate
    longest_months: int


class StandingOrderRequest(wire.Request):
    """lowest_rate: the floor; least_amount, most_amount: of one loan; share_cap: of one loan's amount, all of it unless given;
    budget: in all; reserve: must stay available in the wallet after a hold, of purchases too; expires_at: a year from now unless given;
    resale: it buys claims as well."""

    currency: wire.Currency
    lowest_rate: Floor
    programmes: Annotated[list[ProgrammeCode], Field(min_length=1, max_length=20)]
    grades: Annotated[list[Grade], Field(min_length=1, max_length=5)]
    terms_months: Annotated[list[Annotated[int, Field(ge=1, le=360)]], Field(min_length=1, max_length=24)]
    least_amount: wire.Amount
    most_amount: wire.Amount
    share_cap: Share = Decimal(1)
    budget: wire.Amount
    reserve: wire.AmountOrZero = 0
    expires_at: wire.Instant | None = None
    resale: ResaleWishRequest | None = None


class StandingOrderAnswer(wire.Answer):
    """committed: of the budget, what bids take that were not given back, and what purchases cost; managed: by a plan, less what
    came back, so that it may be below zero; refusals: of holds, in a row; place: in the book's own numbers,
    which grow with `queued_at`; reason: of a pause or an end, a code."""

    id: StandingOrderId
    lender: str
    currency: str
    lowest_rate: wire.Rate
    programmes: list[str]
    grades: list[Grade]
    terms_months: list[int]
    least_amount: int
    most_amount: int
    share_cap: wire.Rate
    budget: int
    reserve: int
    committed: int
    state: StateName
    reason: str | None
    refusals: int
    place: int | None
    queued_at: datetime | None
    version: int
    requested_at: datetime
    changed_at: datetime
    expires_at: datetime
    resale: ResaleWishAnswer | None
    managed: bool


def terms_of(body: StandingOrderRequest) -> OrderTerms:
    return OrderTerms(
        criteria_of(body.currency, body.lowest_rate, body.programmes, body.grades, body.terms_months),
        Bounds(body.least_amount, body.most_amount, body.share_cap, body.budget, body.reserve),
        body.expires_at,
        None if body.resale is None else ResaleWish(**body.resale.model_dump()),
    )


def order_answer(order: StandingOrder) -> StandingOrderAnswer:
    return StandingOrderAnswer(
        id=order.id,
        lender=order.lender,
        currency=order.criteria.currency,
        lowest_rate=order.criteria.lowest_rate,
        programmes=list(order.criteria.programmes),
        grades=list(order.criteria.grades),
        terms_months=list(order.criteria.terms_months),
        least_amount=order.bounds.least_minor,
        most_amount=order.bounds.most_minor,
        share_cap=order.bounds.share_cap,
        budget=order.bounds.budget_minor,
        reserve=order.bounds.reserve_minor,
        committed=order.committed_minor,
        state=order.state.value,
        reason=order.reason,
        refusals=order.refusals,
        place=order.place,
        queued_at=order.queued_at,
        version=order.version,
        requested_at=order.requested_at,
        changed_at=order.changed_at,
        expires_at=order.expires_at,
        resale=None if order.resale is None else ResaleWishAnswer.model_validate(order.resale),
        managed=order.managed,
    )
