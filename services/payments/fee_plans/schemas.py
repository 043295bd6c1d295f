from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.ids import TypeId
from chassis.wire import AmountOrZero, Answer, Currency, Rate, Request
from services.payments.fee_plans.model import MILLION, FeePlan, FeeRounding

FeePlanId = Annotated[UUID, TypeId("fpl")]


def _portion(value: Decimal) -> Decimal:
    if not 0 <= value <= 1 or value * MILLION % 1:
        raise ValueError("a part from 0 to 1 with at most six decimal places is expected")
    return value


Portion = Annotated[Rate, AfterValidator(_portion)]
"""From 0 to 1 in steps of a millionth: 0.006 is 0.6 %."""


def millionths(portion: Decimal) -> int:
    return int(portion * MILLION)


def portion(millionths: int) -> Decimal:
    """With its six decimal places."""
    return Decimal(millionths).scaleb(-6)


class FeeTierRequest(Request):
    """From that much of the month's volume on, up to where the next tier begins."""

    from_minor: AmountOrZero
    rate: Portion


class FeePlanRequest(Request):
    """minimum_minor, cap_minor: of the fee of one order. free_quota_minor: of the month's volume."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    currency: Currency
    tiers: Annotated[list[FeeTierRequest], Field(min_length=1, max_length=20)]
    minimum_minor: AmountOrZero = 0
    cap_minor: AmountOrZero | None = None
    free_quota_minor: AmountOrZero = 0
    rounding: FeeRounding = "half_up"


class FeeTierAnswer(Answer):
    from_minor: int
    rate: Rate


class FeePlanAnswer(Answer):
    id: FeePlanId
    code: str
    version: int
    name: str
    currency: str
    rounding: str
    minimum_minor: int
    cap_minor: int | None
    free_quota_minor: int
    tiers: list[FeeTierAnswer]
    published_at: datetime


def fee_plan_answer(plan: FeePlan) -> FeePlanAnswer:
    facts = {name: getattr(plan, name) for name in FeePlanAnswer.model_fields if name != "tiers"}
    tiers = [FeeTierAnswer(from_minor=one.lower_minor, rate=portion(one.rate_millionths)) for one in plan.tiers]
    return FeePlanAnswer(**facts, tiers=tiers)
