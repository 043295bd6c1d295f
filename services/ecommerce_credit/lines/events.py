"""Events of credit lines."""

from typing import Literal

from chassis.wire import Answer, Rate
from services.ecommerce_credit.lines.model import Line
from services.ecommerce_credit.wire_ids import LimitId, LineId, ShopId

LINE_OPENED = "ecommerce_credit.line.opened.v1"
LINE_RENEWED = "ecommerce_credit.line.renewed.v1"
LINE_EXPIRED = "ecommerce_credit.line.expired.v1"
LINE_CLOSED = "ecommerce_credit.line.closed.v1"


class LineTold(Answer):
    """A line was opened, renewed, expired or closed. amount: its limit; amounts in minor units."""

    line_id: LineId
    shop_id: ShopId
    owner: str
    limit_id: LimitId
    amount: int
    currency: str
    daily_rate: Rate
    state: Literal["open", "expired", "closed"]
    outstanding_minor: int


EVENT_TYPES: dict[str, type[Answer]] = {
    LINE_OPENED: LineTold,
    LINE_RENEWED: LineTold,
    LINE_EXPIRED: LineTold,
    LINE_CLOSED: LineTold,
}


def told(line: Line) -> dict[str, object]:
    return LineTold(
        line_id=line.id,
        shop_id=line.shop_id,
        owner=line.owner,
        limit_id=line.limit_id,
        amount=line.limit_minor,
        currency=line.currency,
        daily_rate=line.daily_rate,
        state=line.state.value,
        outstanding_minor=line.outstanding_minor,
    ).model_dump(mode="json")
