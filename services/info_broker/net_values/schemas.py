"""Net values on the wire."""

from datetime import datetime

from chassis import wire
from services.info_broker.net_values.model import NetValue
from services.info_broker.products.schemas import ProductId


class NetValueAnswer(wire.Answer):
    """unit_value: of a share, in the fund's currency; distribution: in the source's words. version: 1 until it was corrected."""

    product_id: ProductId
    valued_on: wire.Day
    version: int
    unit_value: wire.Rate
    distribution: str | None
    known_since_at: datetime


def net_value_answer(value: NetValue) -> NetValueAnswer:
    return NetValueAnswer.model_validate(value)
