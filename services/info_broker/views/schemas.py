"""Views on the wire."""

from chassis import wire
from services.info_broker.products.schemas import ProductId
from services.info_broker.views.model import View


class ViewAnswer(wire.Answer):
    """views: how often the caller has looked at the product on that business day, this time included."""

    product_id: ProductId
    viewed_on: wire.Day
    views: int


def view_answer(view: View) -> ViewAnswer:
    return ViewAnswer.model_validate(view)
