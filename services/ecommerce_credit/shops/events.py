"""Events of shops."""

from typing import Literal

from chassis.wire import Answer
from services.ecommerce_credit.shops.model import Shop
from services.ecommerce_credit.wire_ids import ShopId

SHOP_LINKED = "ecommerce_credit.shop.linked.v1"
SHOP_UNLINKED = "ecommerce_credit.shop.unlinked.v1"


class ShopTold(Answer):
    """A customer became the owner of a shop, or ceased to be."""

    shop_id: ShopId
    marketplace: str
    owner: str
    state: Literal["linked", "unlinked"]


EVENT_TYPES: dict[str, type[Answer]] = {SHOP_LINKED: ShopTold, SHOP_UNLINKED: ShopTold}


def told(shop: Shop, owner: str, state: Literal["linked", "unlinked"]) -> dict[str, object]:
    return ShopTold(shop_id=shop.id, marketplace=shop.marketplace, owner=owner, state=state).model_dump(mode="json")
