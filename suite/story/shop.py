"""The seller's shop under terms: orders paid by wallet and by card, a refund, and a settlement at the day's cut-off."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import SUITE_ZONE
from clients.ids import encode
from clients.transport import Call
from suite.story.money import BANK_SECONDS, bind_card, yuan
from suite.story.patience import patiently, within
from suite.story.stage import Person
from suite.story.town import card_number_of

PLAN = "demo"
RATE = "0.006"
PAYOUT_BANK = "CCB"
BY_WALLET_MINOR = 8_800
BY_CARD_MINOR = 12_600
BACK_MINOR = 3_000
CUT_OFF_AHEAD = timedelta(minutes=2)
"""Nobody waits for it: the shop is settled when the story is over."""


async def sell_under_terms(seller: Person, merchant_id: UUID, buyer: Person, operator: Person) -> None:
    await _sign(seller, merchant_id, operator)
    first = await _order(seller, merchant_id, "wallet", BY_WALLET_MINOR)
    await patiently(lambda: buyer.payments.pay_order(first, BY_WALLET_MINOR, key=buyer.key("pay-by-wallet")))
    await _pay_by_card(buyer, await _order(seller, merchant_id, "card", BY_CARD_MINOR))
    number = f"back-{seller.stage.run.secret}"
    refund = await patiently(
        lambda: seller.payments.refund_order(first, number, BACK_MINOR, "少发一件", key=seller.key("refund"))
    )
    seller.stage.say(
        f"  {buyer.name} pays {yuan(BY_WALLET_MINOR)} from her wallet; {yuan(BACK_MINOR)} of it come back"
        f" (refund {refund.id}: {refund.state})"
    )


async def _sign(seller: Person, merchant_id: UUID, operator: Person) -> None:
    """T+0, paid out to her bank. A run taken up again keeps the terms that it has: their cut-off was of that time."""
    if (await patiently(lambda: operator.selling.contracts(merchant_id))).items:
        return
    plan = await patiently(
        lambda: operator.selling.publish_fee_plan(PLAN, "示范费率 demo", RATE, key=operator.key("fee-plan"))
    )
    number = card_number_of(PAYOUT_BANK, seller.stage.run.number, seller.number)
    account = await patiently(
        lambda: seller.selling.add_payout_account(
            merchant_id, PAYOUT_BANK, seller.name, number, key=seller.key("payout-account")
        )
    )
    clock = await patiently(lambda: operator.payments.transport.call(Call("GET", "/v1/clock")))
    cut_off = (datetime.fromisoformat(clock["business_at"]) + CUT_OFF_AHEAD).astimezone(SUITE_ZONE)
    terms = {
        "fee_plan_id": plan.id,
        "cycle_days": 0,
        "cut_off": f"{cut_off:%H:%M}",
        "payout": "bank",
        "payout_account_id": account.id,
    }
    await patiently(lambda: operator.selling.sign_contract(merchant_id, terms, key=operator.key("terms")))
    seller.stage.say(
        f"  {seller.name} signs: {RATE} of each order, settled on the day at {cut_off:%H:%M}, paid out to {PAYOUT_BANK}"
    )


async def _order(seller: Person, merchant_id: UUID, which: str, amount: int) -> UUID:
    number, subject = f"{which}-{seller.stage.run.secret}", "真丝手帕 silk handkerchiefs"
    order = await patiently(
        lambda: seller.payments.create_order(merchant_id, number, subject, amount, key=seller.key("order", which))
    )
    return order.id


async def _pay_by_card(buyer: Person, order_id: UUID) -> None:
    """A bank that does not answer is asked until its finality, half an hour: the story does not wait for it."""
    card_id = await bind_card(buyer, "ICBC")
    await patiently(
        lambda: buyer.payments.pay_order_by_card(order_id, card_id, BY_CARD_MINOR, key=buyer.key("pay-by-card"))
    )
    paid = await within(lambda: buyer.payments.order(order_id), lambda it: it.state != "WAIT_BUYER_PAY", BANK_SECONDS)
    how = "is paid" if paid is not None else "waits for her bank"
    buyer.stage.say(f"  an order of {yuan(BY_CARD_MINOR)} {how} by card (order {encode('ord', order_id)})")
