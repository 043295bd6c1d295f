"""Events of views."""

from chassis.wire import Answer, Day
from services.info_broker.products.schemas import ProductId
from services.info_broker.products.terms import ProductKind

PRODUCT_VIEWED = "info_broker.product.viewed.v1"


class ProductViewed(Answer):
    """Somebody looked at a product. viewer: the party (`cus_…`); first_of_day: her first look at it on that business day."""

    product_id: ProductId
    product_kind: ProductKind
    viewer: str
    viewed_on: Day
    first_of_day: bool
