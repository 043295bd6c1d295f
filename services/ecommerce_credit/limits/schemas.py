"""Limits on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from chassis import wire
from services.ecommerce_credit.limits.model import Limit
from services.ecommerce_credit.wire_ids import LimitId, ShopId

StateName = Literal["approved", "declined", "accepted", "lapsed", "superseded"]
PLACES = Decimal("0.0001")


class LimitRequest(wire.Request):
    """as_of_on: for operators, to look at the shop as of an earlier day; left out, it is the day to which its data reach, at most today."""

    shop_id: ShopId
    as_of_on: wire.Day | None = None


class FeaturesAnswer(wire.Answer):
    """Complete calendar months before as_of_on alone are counted; shares to four places, None where there is nothing to divide by."""

    as_of_on: wire.Day
    months_known: int
    months_active: int
    orders: int
    cancelled_share: wire.Rate | None
    average_review: wire.Rate | None
    average_monthly_sales_minor: int
    sales_trend: wire.Rate | None


class PointsAnswer(wire.Answer):
    """What one characteristic of the points table gave; best: what its best bin gives."""

    characteristic: str
    value: wire.Rate
    points: int
    best: int


class LimitAnswer(wire.Answer):
    """A decision. reasons: codes, what forbids a limit first, then what cost points; limit_minor: 0 if declined.

    daily_rate: simple interest a day on the principal outstanding; all_in_rate: a year of it; ceiling_rate: what the law allowed.
    due_at: until when an approved limit may be accepted by opening or renewing a line.
    """

    id: LimitId
    shop_id: ShopId
    owner: str
    state: StateName
    features: FeaturesAnswer
    scorecard_version: str
    score: int
    grade: str
    points: list[PointsAnswer]
    reasons: list[str]
    limit_minor: int
    currency: str
    daily_rate: wire.Rate | None
    term_months: int
    all_in_rate: wire.Rate | None
    ceiling_rate: wire.Rate | None
    decided_by: str
    decided_at: datetime
    changed_at: datetime
    due_at: datetime | None


def limit_answer(limit: Limit) -> LimitAnswer:
    features = limit.features
    shown = FeaturesAnswer(
        as_of_on=features.as_of_on,
        months_known=features.months_known,
        months_active=features.months_active,
        orders=features.orders,
        cancelled_share=_shown(features.cancelled_share),
        average_review=_shown(features.average_review),
        average_monthly_sales_minor=features.average_monthly_sales_minor,
        sales_trend=_shown(features.sales_trend),
    )
    told = {name: getattr(limit, name) for name in LimitAnswer.model_fields if name != "features"}
    return LimitAnswer.model_validate(told | {"features": shown})


def _shown(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES)
