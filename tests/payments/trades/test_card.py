"""An escrow trade paid by card: wholly known, known after its time, and come when nobody needs it. Amounts are the sandbox's magic ones."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.payments.orders.jobs import close_orders
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.market import Market
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


async def reported(world: World, seller: Person, answer: Any, kind: str, **facts: Any) -> None:
    """Of the card's charge, and acted on."""
    reference = await world.reference_of(answer.json()["id"])
    body = {"kind": kind, "instruction_reference": reference, "reference": f"R-{kind}"} | facts
    told = await world.door.post("reports", body)
    assert told.status_code == 201, told.text
    await until_booked(seller, 1, world)


async def returned(world: World) -> list[int]:
    """What has been ordered back to cards."""
    return [one["amount"] for one in (await world.payments.client().get("/v1/card-returns")).json()["items"]]


async def test_what_a_bank_takes_back_is_the_merchant_s_affair_and_not_the_trade_s(world: World) -> None:
    seller, buyer, merchant, card_id, trade = await offered(world, 20_000)
    answer = await by_card(buyer, trade["order_id"], card_id, 20_000)
    await buyer.until(f"/v1/trades/{trade['id']}", "WAIT_SELLER_SEND_GOODS")
    await reported(world, seller, answer, "charge_reversed")
    (owed,) = (await seller.get("/v1/receivables"))["items"]
    assert (owed["account_id"], owed["amount"]) == (merchant["account_id"], 20_000)
    assert (await buyer.get(f"/v1/trades/{trade['id']}"))["held"] == 20_000
    await holds(world)
    # What escrow gives back is not the cardholder's any more: she has it from her bank.
    assert (await seller.post(f"/v1/trades/{trade['id']}/closure")).json()["state"] == "TRADE_CLOSED"
    assert await returned(world) == []
    assert await buyer.balance() == (FUNDS, FUNDS)
    await world.run_periodic("payments.collect_receivables")
    assert await proceeds(seller, merchant) == 0
    assert [one["state"] for one in (await seller.get("/v1/receivables"))["items"]] == ["settled"]
    await holds(world)


async def test_of_a_charge_reversed_in_part_the_card_gets_what_it_has_not(world: World, databases: Databases) -> None:
    """80.00 of 200.00; given back are 50.00 and then 120.00, of which the first 80.00 are who answered for them."""
    seller, buyer, merchant, card_id, trade = await offered(world, 20_000)
    answer = await by_card(buyer, trade["order_id"], card_id, 20_000)
    path = f"/v1/trades/{trade['id']}"
    await buyer.until(path, "WAIT_SELLER_SEND_GOODS")
    await reported(world, seller, answer, "charge_reversed", amount=8_000)
    assert (await seller.post(f"{path}/shipment", {})).status_code == 200
    legs = []
    for amount in (5_000, 12_000):
        wanted = {"reason": "torn", "items": [{"number": 1, "amount": amount}]}
        refund = (await buyer.post(f"{path}/refunds", wanted)).json()
        agreed = await seller.post(f"/v1/trade-refunds/{refund['id']}/agreement")
        assert agreed.json()["state"] == "REFUND_SUCCESS", agreed.text
    made = (await seller.get("/v1/refunds", merchant_id=merchant["id"]))["items"]
    for refund in made:
        legs += (await seller.get(f"/v1/refunds/{refund['id']}"))["legs"]
    assert {(leg["amount"], leg["restored_minor"]) for leg in legs} == {(12_000, 3_000), (5_000, 5_000)}
    assert await returned(world) == [9_000]
    assert (await buyer.post(f"{path}/confirmation", {})).status_code == 200
    await world.run_periodic("payments.collect_receivables")
    # 200.00 less what the card has from both.
    assert await proceeds(seller, merchant) == 20_000 - 8_000 - 9_000
    await holds(world)
    damage = "UPDATE refund_legs SET restored = restored + 1 WHERE return_id IS NOT NULL"
    found = await (await Market.open(world.payments)).failed_when(databases.admin_url, damage)
    assert {"restored_parts_were_taken_back", "parts_are_refunded_what_their_legs_say"} <= set(found)


@pytest.mark.parametrize("won", [True, False])
async def test_while_a_charge_is_disputed_its_trade_gives_nothing_back(
    world: World, databases: Databases, won: bool
) -> None:
    seller, buyer, _, card_id, trade = await offered(world, 20_000)
    answer = await by_card(buyer, trade["order_id"], card_id, 20_000)
    path = f"/v1/trades/{trade['id']}"
    await buyer.until(path, "WAIT_SELLER_SEND_GOODS")
    await reported(world, seller, answer, "dispute_opened")
    refused = await seller.post(f"{path}/closure")
    assert (refused.status_code, refused.json()["code"]) == (409, "charge_disputed")
    assert (await buyer.get(path))["held"] == 20_000
    # What waits for that is not past its deadline.
    market, late = await Market.open(world.payments), "UPDATE trades SET due_at = '2020-01-01'"
    assert "trade_past_deadline" not in await market.failed_when(databases.admin_url, late)
    decision = await world.door.post("disputes/R-dispute_opened/decision", {"won": won})
    assert decision.status_code == 200, decision.text
    await until_booked(seller, 2, world)
    assert "trade_past_deadline" in await market.failed_when(databases.admin_url, late)
    assert (await seller.post(f"{path}/closure")).json()["state"] == "TRADE_CLOSED"
    assert await returned(world) == ([20_000] if won else [])
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
