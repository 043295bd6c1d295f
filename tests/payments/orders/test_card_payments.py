"""An order paid by card, wholly or beside other parts: known, unknown, late, and back to the card. Amounts are the sandbox's magic ones."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.payments.customer import Person, World
from tests.payments.orders.test_orders import FUNDS, merchant_of, ordered, paid
from tests.payments.orders.test_payments_in_parts import part, states
from tests.payments.refunds.test_refunds import holds, refunded

MAGIC = 990_000
LOST, LATE, UNKNOWN_THEN_DECLINED, VERY_LATE, DECLINED = 5, 6, 11, 12, 1


async def by_card(buyer: Person, order_id: str, card_id: str, amount: int) -> httpx.Response:
    body = {"card_id": card_id, "amount": amount, "currency": "CNY"}
    return await buyer.post(f"/v1/orders/{order_id}/card-payments", body)


async def counter(world: World, amount: int) -> tuple[Person, Person, dict[str, Any], str, dict[str, Any]]:
    """Seller, buyer with a bound card and 1,000.00 in her wallet, merchant, the card, and an order of the amount."""
    seller, buyer = world.person(), world.person()
    card_id = await buyer.funded(FUNDS)
    merchant = await merchant_of(seller)
    order = (await ordered(seller, merchant["id"], amount=amount)).json()
    return seller, buyer, merchant, card_id, order


async def proceeds(seller: Person, merchant: dict[str, Any]) -> int:
    return int((await seller.get(f"/v1/merchants/{merchant['id']}"))["balance"])


async def card_balance(world: World, buyer: Person, card_id: str) -> int:
    """What went from the card so far, by the top-ups and orders that took from it."""
    answer = await world.door.get("statements", kind="reserve", limit=200)
    return sum(item["amount"] for item in answer.json()["items"])


async def test_a_card_pays_an_order_and_is_refunded(world: World) -> None:
    seller, buyer, merchant, card_id, order = await counter(world, 20_000)
    answer = await by_card(buyer, order["id"], card_id, 20_000)
    assert (answer.status_code, answer.json()["state"]) == (201, "paid"), answer.text
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_SUCCESS"
    assert await proceeds(seller, merchant) == 20_000
    assert await buyer.balance() == (FUNDS, FUNDS)
    first = (await refunded(seller, order["id"], 5_000)).json()
    rest = (await refunded(seller, order["id"], 15_000, "R-2")).json()
    for refund in (first, rest):
        detail = await buyer.get(f"/v1/refunds/{refund['id']}")
        back = detail["legs"][0]["return_id"]
        await world.run("payments.return_surplus", back)
        assert (await buyer.get(f"/v1/refunds/{refund['id']}"))["legs"][0]["return_state"] == "returned"
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_CLOSED"
    assert await buyer.balance() == (FUNDS, FUNDS)
    await holds(world)


async def test_a_card_pays_what_the_wallet_has_left(world: World) -> None:
    seller, buyer, merchant, card_id, order = await counter(world, 30_000)
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    short = await by_card(buyer, order["id"], card_id, 19_999)
    assert (short.status_code, short.json()["code"]) == (409, "amount_differs")
    answer = await by_card(buyer, order["id"], card_id, 20_000)
    assert answer.json()["state"] == "paid", answer.text
    assert await states(buyer, order["id"]) == ["paid", "paid"]
    assert await buyer.balance() == (FUNDS - 10_000, FUNDS - 10_000)
    assert await proceeds(seller, merchant) == 30_000
    await holds(world)


async def test_a_decline_leaves_the_order_for_another_payment(world: World) -> None:
    seller, buyer, merchant, card_id, order = await counter(world, MAGIC + DECLINED)
    answer = await by_card(buyer, order["id"], card_id, MAGIC + DECLINED)
    assert (answer.json()["state"], answer.json()["failure_code"]) == ("failed", "card_restricted"), answer.text
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["state"] == "WAIT_BUYER_PAY"
    assert await proceeds(seller, merchant) == 0
    assert (await seller.post(f"/v1/orders/{order['id']}/closure")).status_code == 200
    await holds(world)


async def test_an_unknown_card_part_keeps_the_hold_and_the_order_until_it_is_known(world: World) -> None:
    seller, buyer, merchant, card_id, order = await counter(world, MAGIC + LATE + 10_000)
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    answer = await by_card(buyer, order["id"], card_id, MAGIC + LATE)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending"), answer.text
    second = await by_card(buyer, order["id"], card_id, MAGIC + LATE)
    assert (second.status_code, second.json()["code"]) == (409, "order_being_paid")
    closure = await seller.post(f"/v1/orders/{order['id']}/closure")
    assert (closure.status_code, closure.json()["code"]) == (409, "order_being_paid")
    assert await buyer.balance() == (FUNDS, FUNDS - 10_000)
    await world.move_clock(timedelta(minutes=31))
    await world.run_periodic("payments.close_orders")
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["state"] == "WAIT_BUYER_PAY"
    await world.run_periodic("payments.resolve_order_payments")
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_SUCCESS"
    assert await buyer.balance() == (FUNDS - 10_000, FUNDS - 10_000)
    assert await proceeds(seller, merchant) == MAGIC + LATE + 10_000
    await holds(world)


async def test_unknown_and_finally_declined_gives_the_hold_back_at_the_deadline(world: World) -> None:
    _, buyer, _, card_id, order = await counter(world, MAGIC + UNKNOWN_THEN_DECLINED + 10_000)
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    assert (await by_card(buyer, order["id"], card_id, MAGIC + UNKNOWN_THEN_DECLINED)).status_code == 202
    await world.move_clock(timedelta(minutes=31))
    await world.run_periodic("payments.resolve_order_payments")
    assert await states(buyer, order["id"]) == ["held", "failed"]
    await world.run_periodic("payments.close_orders")
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["close_reason"] == "timeout"
    assert await buyer.balance() == (FUNDS, FUNDS)
    await holds(world)


@pytest.mark.parametrize("how", ["paid otherwise", "closed"])
async def test_money_that_comes_when_it_is_not_needed_goes_back_to_its_card(world: World, how: str) -> None:
    seller, buyer, merchant, card_id, order = await counter(world, MAGIC + VERY_LATE)
    answer = await by_card(buyer, order["id"], card_id, MAGIC + VERY_LATE)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending"), answer.text
    if how == "paid otherwise":
        second_card = await buyer.bind(await buyer.open_card("CCB"))
        assert (await buyer.top_up(second_card, 900_000)).status_code == 201
        await buyer.until("/v1/wallets", "x") if False else None
        assert (await paid(buyer, order["id"], MAGIC + VERY_LATE)).json()["state"] == "TRADE_SUCCESS"
    await world.move_clock(timedelta(minutes=100))
    await world.run_periodic("payments.resolve_order_payments")
    await world.run_periodic("payments.close_orders")
    await world.move_clock(timedelta(hours=7))
    await world.run_periodic("payments.resolve_order_payments")
    payment = next(
        one for one in (await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"] if one["method"] == "card"
    )
    assert payment["state"] in ("returned", "failed"), payment
    assert await proceeds(seller, merchant) == (MAGIC + VERY_LATE if how == "paid otherwise" else 0)
    operator = world.payments.client()
    returns = (await operator.get("/v1/surplus-charges")).json()["items"]
    assert [(one["reason"], one["amount"]) for one in returns] == [("not_needed", MAGIC + VERY_LATE)]
    await world.run("payments.return_surplus", returns[0]["id"])
    assert (await operator.get(f"/v1/surplus-charges/{returns[0]['id']}")).json()["state"] == "returned"
    await holds(world)
