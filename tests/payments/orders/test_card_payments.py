"""An order paid by card, wholly or beside other parts: known, unknown, late, and back to the card. Amounts are the sandbox's magic ones."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.payments.channels.contracts import document_of, shipped
from tests.payments.customer import Person, World
from tests.payments.holders.shop import FEN, give
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
    await world.thursday_noon()
    seller, buyer = world.person(), world.person()
    card_id = await buyer.funded(FUNDS)
    merchant = await merchant_of(seller)
    order = (await ordered(seller, merchant["id"], amount=amount)).json()
    return seller, buyer, merchant, card_id, order


async def proceeds(seller: Person, merchant: dict[str, Any]) -> int:
    return int((await seller.get(f"/v1/merchants/{merchant['id']}"))["balance"])


async def only_the_cards_own_bank(world: World) -> None:
    """The others are under repair."""
    operator = world.payments.client()
    clock = (await operator.get("/v1/clock")).json()
    until = datetime.fromisoformat(clock["business_at"]) + timedelta(days=1)
    window = {"from_at": clock["business_at"], "until_at": until.isoformat()}
    for channel in ("UNIONLINK", "NETSLINK"):
        terms = document_of(shipped()[channel]) | {"valid_from_on": clock["business_on"], "dated_windows": [window]}
        headers = {"idempotency-key": channel}
        assert (await operator.post("/v1/channels/contracts", json=terms, headers=headers)).status_code == 201


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
        await world.run("payments.return_to_card", back)
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


@pytest.mark.parametrize("how", ["paid otherwise", "paid by another", "closed"])
async def test_money_that_comes_when_it_is_not_needed_goes_back_to_its_card(world: World, how: str) -> None:
    amount = MAGIC + VERY_LATE
    seller, buyer, merchant, card_id, order = await counter(world, amount)
    await only_the_cards_own_bank(world)
    answer = await by_card(buyer, order["id"], card_id, amount)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending"), answer.text
    if how == "paid otherwise":
        assert (await buyer.top_up(card_id, amount - FUNDS + 500)).status_code == 201
        assert (await paid(buyer, order["id"], amount)).json()["state"] == "TRADE_SUCCESS"
    if how == "paid by another":
        other = world.person()
        await other.open_wallet()
        await give(world, other, amount // FEN + 1)
        assert (await paid(other, order["id"], amount)).json()["state"] == "TRADE_SUCCESS"
    await world.move_clock(timedelta(minutes=31))
    await world.run("payments.collect_order_payment", answer.json()["id"])
    await world.run_periodic("payments.close_orders")
    told = await seller.get(f"/v1/orders/{order['id']}")
    assert told["state"] == ("TRADE_CLOSED" if how == "closed" else "TRADE_SUCCESS")
    assert (await states(buyer, order["id"]))[0] == "failed"
    await world.move_clock(timedelta(hours=7))
    await world.run("payments.collect_order_payment", answer.json()["id"])
    assert (await states(buyer, order["id"]))[0] == "returned"
    assert await proceeds(seller, merchant) == (0 if how == "closed" else amount)
    operator = world.payments.client()
    (back,) = (await operator.get("/v1/card-returns")).json()["items"]
    assert (back["reason"], back["amount"]) == ("not_needed", amount)
    own = (await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert (own[0]["return_id"], own[0]["return_state"]) == (back["id"], back["state"])
    # What another bought is hers alone; whose money came too late sees her own parts of it.
    seen = (await buyer.http.get(f"/v1/orders/{order['id']}")).status_code
    assert (seen, len(own)) == ((404, 1) if how == "paid by another" else (200, 2 if how == "paid otherwise" else 1))
    await world.run("payments.return_to_card", back["id"])
    await holds(world)
    await world.move_clock(timedelta(hours=3))
    await world.run("payments.return_to_card", back["id"])
    assert (await operator.get(f"/v1/card-returns/{back['id']}")).json()["state"] == "returned"
    await holds(world)


async def test_a_card_s_money_goes_back_where_the_held_part_was_frozen_meanwhile(world: World) -> None:
    """What the bank said is recorded although the ledger posts no hold of a frozen wallet; the part is given back when time is over."""
    seller, buyer, merchant, card_id, order = await counter(world, MAGIC + LATE + 10_000)
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    assert (await by_card(buyer, order["id"], card_id, MAGIC + LATE)).json()["state"] == "pending"
    wallet = (await buyer.wallet())["account_id"]
    freeze = await world.payments.client().post(
        f"/v1/accounts/{wallet}/freeze", json={"reason": "court order"}, headers={"idempotency-key": "freeze"}
    )
    assert freeze.status_code == 200, freeze.text
    await world.move_clock(timedelta(minutes=31))
    await world.run_periodic("payments.resolve_order_payments")
    assert await states(buyer, order["id"]) == ["held", "returned"]
    await world.run_periodic("payments.close_orders")
    assert await states(buyer, order["id"]) == ["voided", "returned"]
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_CLOSED"
    assert (await buyer.wallet())["balance"] == FUNDS
    assert await proceeds(seller, merchant) == 0
    await world.run_periodic("payments.resolve_card_returns")
    await holds(world)
