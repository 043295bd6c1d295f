"""A buyer binds a card, tops up, and pays a seller's order."""

from dataclasses import dataclass
from uuid import UUID

from clients.ids import encode
from suite.story.money import bring_money, yuan
from suite.story.patience import StoryFault, patiently
from suite.story.stage import Person, Stage

TOP_UP_MINOR = 50_000
PRICE_MINOR = 16_800
SUBJECT = "桑蚕丝围巾 silk scarf"


@dataclass(frozen=True)
class Traded:
    """order_id: under which the figures show it."""

    buyer: Person
    seller: Person
    merchant_id: UUID
    order_id: str


async def buy(stage: Stage) -> Traded:
    seller = await stage.sign_up("seller", "苏瑾", 1, channel="demo.sellers")
    await patiently(lambda: seller.payments.open_wallet(key=seller.key("wallet")))
    merchant = await patiently(
        lambda: seller.payments.open_merchant("锦年丝绸 Jinnian Silk", key=seller.key("merchant"))
    )
    buyer = await stage.sign_up("buyer", "林晓", 2)
    await bring_money(buyer, "ICBC", TOP_UP_MINOR)
    stage.say(f"  {buyer.name} tops up {yuan(TOP_UP_MINOR)} from a card of ICBC")
    order_id = await _pay(buyer, seller, merchant.id)
    paid_to = await patiently(lambda: seller.payments.merchant(merchant.id))
    stage.say(
        f"  she pays {yuan(PRICE_MINOR)} to {paid_to.name}, whose proceeds are {yuan(paid_to.balance)} (order {order_id})"
    )
    return Traded(buyer, seller, merchant.id, order_id)


async def _pay(buyer: Person, seller: Person, merchant_id: UUID) -> str:
    """The seller asks, the buyer pays what she was shown."""
    number = f"demo-{buyer.stage.run.secret}"
    asked = await patiently(
        lambda: seller.payments.create_order(merchant_id, number, SUBJECT, PRICE_MINOR, key=seller.key("order"))
    )
    await patiently(lambda: buyer.payments.pay_order(asked.id, PRICE_MINOR, key=buyer.key("payment")))
    paid = await patiently(lambda: buyer.payments.order(asked.id))
    if paid.state != "TRADE_SUCCESS":
        raise StoryFault(f"the order is {paid.state}")
    return encode("ord", paid.id)
