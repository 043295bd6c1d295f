"""Trades under escrow: one shipped and confirmed, one split by a ruling, one that waits for a ruling."""

from uuid import UUID

from suite.story.money import yuan
from suite.story.patience import patiently
from suite.story.stage import Person

PRICE_MINOR = 6_600
TO_THE_BUYER_MINOR = 4_400


async def trade_under_escrow(seller: Person, merchant_id: UUID, buyer: Person, operator: Person) -> None:
    shipped = await _paid_and_shipped(seller, merchant_id, buyer, "confirmed")
    trade = await patiently(lambda: buyer.selling.confirm_trade(shipped, key=buyer.key("confirm")))
    seller.stage.say(f"  {buyer.name} confirms her goods; {yuan(trade.released)} are released (trade {shipped})")
    ruled = await _in_dispute(seller, merchant_id, buyer, "ruled", "花色与描述不符")
    to_seller = PRICE_MINOR - TO_THE_BUYER_MINOR
    await patiently(
        lambda: operator.selling.rule(
            ruled, TO_THE_BUYER_MINOR, to_seller, "照片显示有色差，买家保留货物", key=operator.key("ruling")
        )
    )
    seller.stage.say(
        f"  another is disputed: the arbiter gives {yuan(TO_THE_BUYER_MINOR)} back and {yuan(to_seller)} to the seller"
    )
    waiting = await _in_dispute(seller, merchant_id, buyer, "disputed", "收到的丝巾有破损")
    seller.stage.say(f"  a third waits for a ruling in the console (refund {waiting})")


async def _in_dispute(seller: Person, merchant_id: UUID, buyer: Person, which: str, reason: str) -> str:
    """The refund that is before an arbiter, both sides heard."""
    trade_id = await _paid_and_shipped(seller, merchant_id, buyer, which)
    refund = await patiently(lambda: buyer.selling.ask_back(trade_id, reason, key=buyer.key("ask-back", which)))
    refusal = "发货前已检查，商品完好"
    await patiently(lambda: seller.selling.refuse_refund(refund.id, refusal, key=seller.key("refuse", which)))
    await patiently(lambda: buyer.selling.escalate_refund(refund.id, key=buyer.key("escalate", which)))
    await _give_evidence(buyer, refund.id, which, f"{reason}，附照片三张")
    await _give_evidence(seller, refund.id, which, "出库检验单与发货视频")
    return refund.id


async def _give_evidence(party: Person, refund_id: str, which: str, text: str) -> None:
    await patiently(lambda: party.selling.give_evidence(refund_id, text, key=party.key("evidence", which)))


async def _paid_and_shipped(seller: Person, merchant_id: UUID, buyer: Person, which: str) -> str:
    number, subject = f"{which}-{seller.stage.run.secret}", "手绘丝巾 painted scarf"
    trade = await patiently(
        lambda: seller.selling.create_trade(merchant_id, number, subject, PRICE_MINOR, key=seller.key("trade", which))
    )
    await patiently(lambda: buyer.selling.pay_trade(trade.id, PRICE_MINOR, key=buyer.key("pay-trade", which)))
    await patiently(
        lambda: seller.selling.ship_trade(trade.id, "顺丰速运", f"SF{number[-10:]}", key=seller.key("ship", which))
    )
    return trade.id
