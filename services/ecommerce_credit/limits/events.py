"""Events of limits."""

from typing import Literal

from chassis.wire import Answer, Day, Rate
from services.ecommerce_credit.limits.model import Limit
from services.ecommerce_credit.wire_ids import LimitId, ShopId

LIMIT_DECIDED = "ecommerce_credit.limit.decided.v1"
LIMIT_LAPSED = "ecommerce_credit.limit.lapsed.v1"


class LimitTold(Answer):
    """A limit was decided by the rule, or an offer was not accepted in time. amount: the limit, 0 if declined; reasons: codes."""

    limit_id: LimitId
    shop_id: ShopId
    owner: str
    state: Literal["approved", "declined", "lapsed"]
    as_of_on: Day
    grade: str
    score: int
    scorecard_version: str
    reasons: list[str]
    amount: int
    currency: str
    daily_rate: Rate | None


EVENT_TYPES: dict[str, type[Answer]] = {LIMIT_DECIDED: LimitTold, LIMIT_LAPSED: LimitTold}


def told(limit: Limit) -> dict[str, object]:
    return LimitTold(
        limit_id=limit.id,
        shop_id=limit.shop_id,
        owner=limit.owner,
        state=limit.state.value,
        as_of_on=limit.features.as_of_on,
        grade=limit.grade,
        score=limit.score,
        scorecard_version=limit.scorecard_version,
        reasons=list(limit.reasons),
        amount=limit.limit_minor,
        currency=limit.currency,
        daily_rate=limit.daily_rate,
    ).model_dump(mode="json")
