"""An escrow trade paid by card: wholly known, known after its time, and come when nobody needs it. Amounts are the sandbox's magic ones."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.payments.orders.jobs import close_orders
from tests.payments.customer import Person, World
from tests.payments.orders.test_card_payments import LATE, MAGIC, VERY_LATE, by_card, only_the_cards_own_bank, proceeds
from tests.payments.orders.test_orders import FUNDS, merchant_of
from tests.payments.orders.test_payments_in_parts import part, states
from tests.payments.refunds.test_refunds import holds
from tests.payments.returned_money.reporting import until_booked


async def offered(world: World, amount: int) -> tuple[Person, Person, dict[str, Any], str, dict[str, Any]]:
    """Seller, buyer with a bound card and 1,000.00 in her wallet, merchant, the card, and a trade of the amount."""
    await world.thursday_noon()
    seller, buyer = world.person(), world.person()
    card_id, merchant = await buyer.funded(FUNDS), await merchant_of(seller)
    items = [{"name": "tea", "quantity": 1, "unit_price": amount}]
    wanted = {"merchant_id": merchant["id"], "merchant_trade_number": uuid4().hex, "subject": "tea", "items": items}
    trade = await seller.post("/v1/trades", wanted | {"currency": "CNY", "buyer_id": buyer.id})
    assert trade.status_code == 201, trade.text
    return seller, buyer, merchant, card_id, trade.json()


async def test_a_card_pays_what_the_wallet_has_left_and_both_get_back(world: World) -> None:
    seller, buyer, merchant, card_id, trade = await offered(world, 30_000)
    path = f"/v1/trades/{trade['id']}"
    assert (await part(buyer, trade["order_id"], 10_000)).status_code == 201
    answer = await by_card(buyer, trade["order_id"], card_id, 20_000)
    assert answer.status_code in (201, 202), answer.text
    await buyer.until(path, "WAIT_SELLER_SEND_GOODS")
    assert (await buyer.get(path))["method"] == "split"
    assert await proceeds(seller, merchant) == 0
    refund = await buyer.post(f"{path}/refunds", {"reason": "late", "items": [{"number": 1, "amount": 15_000}]})
    agreed = await seller.post(f"/v1/trade-refunds/{refund.json()['id']}/agreement")
    assert agreed.json()["state"] == "REFUND_SUCCESS", agreed.text
    # First the wallet, which was first; the card's 50.00 are ordered back to it.
    assert await buyer.balance() == (FUNDS, FUNDS)
    (back,) = (await world.payments.client().get("/v1/card-returns")).json()["items"]
    assert (back["reason"], back["amount"]) == ("refund", 5_000)
    await holds(world)
    assert (await seller.post(f"{path}/shipment", {})).status_code == 200
    assert (await buyer.post(f"{path}/confirmation", {})).status_code == 200
    assert await proceeds(seller, merchant) == 15_000
    await holds(world)


async def test_what_a_bank_takes_back_is_the_merchant_s_affair_and_not_the_trade_s(world: World) -> None:
    seller, buyer, merchant, card_id, trade = await offered(world, 20_000)
    answer = await by_card(buyer, trade["order_id"], card_id, 20_000)
    await buyer.until(f"/v1/trades/{trade['id']}", "WAIT_SELLER_SEND_GOODS")
    reference = await world.reference_of(answer.json()["id"])
    body = {"kind": "charge_reversed", "instruction_reference": reference, "reference": "R-1"}
    told = await world.door.post("reports", body)
    assert told.status_code == 201, told.text
    await until_booked(seller, 1, world)
    (owed,) = (await seller.get("/v1/receivables"))["items"]
    assert (owed["account_id"], owed["amount"]) == (merchant["account_id"], 20_000)
    assert (await buyer.get(f"/v1/trades/{trade['id']}"))["held"] == 20_000
    await holds(world)


async def test_a_bank_asked_in_time_pays_the_trade_after_its_time(world: World) -> None:
    _, buyer, _, card_id, trade = await offered(world, MAGIC + LATE)
    path = f"/v1/trades/{trade['id']}"
    answer = await by_card(buyer, trade["order_id"], card_id, MAGIC + LATE)
    assert answer.status_code == 202, answer.text
    closing = await buyer.post(f"{path}/closure")
    assert (closing.status_code, closing.json()["code"]) == (409, "order_being_paid")
    await world.move_clock(timedelta(hours=24, minutes=1))
    await close_orders(world.payments.runtime)
    await world.run_periodic("payments.resolve_order_payments")
    await buyer.until(path, "WAIT_SELLER_SEND_GOODS")
    told = await buyer.get(path)
    assert (told["method"], told["held"]) == ("card", MAGIC + LATE)
    assert told["due_at"] > told["paid_at"]
    await holds(world)


async def test_money_that_comes_for_a_closed_trade_goes_back_to_its_card(world: World) -> None:
    amount = MAGIC + VERY_LATE
    seller, buyer, merchant, card_id, trade = await offered(world, amount)
    await only_the_cards_own_bank(world)
    answer = await by_card(buyer, trade["order_id"], card_id, amount)
    assert answer.status_code == 202, answer.text
    await world.move_clock(timedelta(minutes=31))
    await world.run("payments.collect_order_payment", answer.json()["id"])
    assert await states(buyer, trade["order_id"]) == ["failed"]
    assert (await buyer.post(f"/v1/trades/{trade['id']}/closure")).json()["close_reason"] == "buyer"
    await world.move_clock(timedelta(hours=7))
    await world.run("payments.collect_order_payment", answer.json()["id"])
    assert await states(buyer, trade["order_id"]) == ["returned"]
    (back,) = (await world.payments.client().get("/v1/card-returns")).json()["items"]
    assert (back["reason"], back["amount"]) == ("not_needed", amount)
    assert (await buyer.get(f"/v1/trades/{trade['id']}"))["state"] == "TRADE_CLOSED"
    assert await proceeds(seller, merchant) == 0
    await holds(world)
