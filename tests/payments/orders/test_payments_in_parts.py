"""An order paid in several parts: held until the last is there, then all at once; given back when it never comes."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.customer import Person, World
from tests.payments.orders.test_orders import FUNDS, market, ordered
from tests.payments.refunds.test_refunds import holds, refunded


async def part(payer: Person, order_id: str, amount: int, method: str = "wallet", **more: Any) -> httpx.Response:
    body = {"method": method, "amount": amount, "currency": "CNY", "partial": True}
    return await payer.post(f"/v1/orders/{order_id}/payments", body | more)


async def financier(world: World, service: str, buyer: Person, amount: int) -> tuple[Person, str]:
    """A service that acts for the buyer, and its own account with so much in it."""
    scopes = ["payments:read", "payments:write", "payments:transfer"]
    own = world.payments.client(service, scopes)
    headers = {"idempotency-key": f"account of {service} {buyer.id}"}
    opened = await own.post(
        "/v1/accounts",
        json={"currency": "CNY", "kind": "capital", "rule": "debits_must_not_exceed_credits"},
        headers=headers,
    )
    assert opened.status_code == 201, opened.text
    account_id = opened.json()["id"]
    if amount:
        giver = world.person()
        await giver.funded(amount)
        move = {
            "id": encode("trf", new_id()), "code": "test.capital", "amount": amount, "currency": "CNY",
            "debit_account_id": (await giver.wallet())["account_id"], "credit_account_id": account_id,
        }  # fmt: skip
        assert (await world.payments.client().post("/v1/transfers", json=move)).status_code == 201
    acting = world.payments.client(service, scopes, acting_for=buyer.id)
    return Person(acting, world.door, buyer.id), account_id


async def balance_of(world: World, account_id: str) -> tuple[int, int]:
    account = (await world.payments.client().get(f"/v1/accounts/{account_id}")).json()
    return account["balance"], account["available"]


async def states(buyer: Person, order_id: str) -> list[str]:
    return [item["state"] for item in (await buyer.get(f"/v1/orders/{order_id}/payments"))["items"]]


async def test_three_methods_pay_one_order_and_get_it_back_in_their_order(world: World) -> None:
    seller, buyer, merchant = await market(world)
    credit, capital = await financier(world, "ecommerce_credit", buyer, 12_000)
    order = (await ordered(seller, merchant["id"])).json()
    first = await part(buyer, order["id"], 10_000)
    assert (first.status_code, first.json()["state"]) == (201, "WAIT_BUYER_PAY"), first.text
    assert await buyer.balance() == (FUNDS, FUNDS - 10_000)
    financed = await part(credit, order["id"], 12_000, "consumer_credit", account_id=capital)
    assert financed.json()["state"] == "WAIT_BUYER_PAY", financed.text
    assert (await seller.get(f"/v1/merchants/{merchant['id']}"))["balance"] == 0
    last = await part(buyer, order["id"], 8_000)
    assert last.json()["state"] == "TRADE_SUCCESS", last.text
    assert await states(buyer, order["id"]) == ["paid"] * 3
    assert (await seller.get(f"/v1/merchants/{merchant['id']}"))["balance"] == 30_000
    assert (await refunded(seller, order["id"], 15_000)).json()["state"] == "succeeded"
    assert await buyer.balance() == (FUNDS - 8_000, FUNDS - 8_000)
    assert await balance_of(world, capital) == (5_000, 5_000)
    assert (await refunded(seller, order["id"], 15_000, "R-2")).json()["state"] == "succeeded"
    assert await buyer.balance() == (FUNDS, FUNDS)
    assert await balance_of(world, capital) == (12_000, 12_000)
    await holds(world)


async def test_a_fund_pays_an_order_whole(world: World) -> None:
    seller, buyer, merchant = await market(world)
    fund, account_id = await financier(world, "ecommerce_credit", buyer, 30_000)
    order = (await ordered(seller, merchant["id"])).json()
    answer = await part(fund, order["id"], 30_000, "fund_balance", account_id=account_id, partial=False)
    assert (answer.json()["state"], answer.json()["buyer_id"]) == ("TRADE_SUCCESS", buyer.id), answer.text
    await holds(world)


async def test_what_is_held_goes_back_at_the_deadline_on_closing_and_when_the_buyer_changes_her_mind(
    world: World,
) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    back = await buyer.post(f"/v1/orders/{order['id']}/payments/return")
    assert back.status_code == 200, back.text
    assert await buyer.balance() == (FUNDS, FUNDS)
    again = await buyer.post(f"/v1/orders/{order['id']}/payments/return")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_held")
    assert (await part(buyer, order["id"], 5_000)).status_code == 201
    assert (await seller.post(f"/v1/orders/{order['id']}/closure")).status_code == 200
    assert await buyer.balance() == (FUNDS, FUNDS)
    assert await states(buyer, order["id"]) == ["voided", "voided"]
    second = (await ordered(seller, merchant["id"], "N-2")).json()
    assert (await part(buyer, second["id"], 5_000)).status_code == 201
    await world.move_clock(timedelta(seconds=1800))
    late = await part(buyer, second["id"], 25_000)
    assert (late.status_code, late.json()["code"]) == (409, "order_closed")
    await world.run_periodic("payments.close_orders")
    closed = await buyer.get(f"/v1/orders/{second['id']}")
    assert (closed["state"], closed["close_reason"]) == ("TRADE_CLOSED", "timeout")
    assert await buyer.balance() == (FUNDS, FUNDS)
    await holds(world)


async def test_refusals_of_parts(world: World) -> None:
    seller, buyer, merchant = await market(world)
    credit, capital = await financier(world, "ecommerce_credit", buyer, 0)
    _, foreign = await financier(world, "p2p", buyer, 0)
    other = world.person()
    await other.funded(1_000)
    order = (await ordered(seller, merchant["id"])).json()
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    cases = [
        (await part(buyer, order["id"], 20_001), 409, "amount_differs"),
        (await part(buyer, order["id"], 19_999, partial=False), 409, "amount_differs"),
        (await part(other, order["id"], 1_000), 409, "order_being_paid"),
        (await part(buyer, order["id"], 20_000, "consumer_credit", account_id=capital), 422, "method_not_of_caller"),
        (await part(credit, order["id"], 20_000, "consumer_credit", account_id=foreign), 422, "account_not_of_payer"),
        (await part(credit, order["id"], 20_000, "consumer_credit", account_id=capital), 409, "insufficient_funds"),
        (await part(credit, order["id"], 20_000, "consumer_credit"), 422, "invalid_value"),
        (await part(buyer, order["id"], 20_000, account_id=capital), 422, "invalid_value"),
        (await other.post(f"/v1/orders/{order['id']}/payments/return"), 404, "unknown_order"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await buyer.balance() == (FUNDS, FUNDS - 10_000)
    for _ in range(6):
        assert (await part(buyer, order["id"], 1)).status_code == 201
    assert (await part(buyer, order["id"], 1)).status_code == 201
    full = await part(buyer, order["id"], 1)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_parts")
    await holds(world)


async def test_two_last_parts_at_once_have_one_winner(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    answers = await asyncio.gather(*[part(buyer, order["id"], 20_000) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert await buyer.balance() == (FUNDS - 30_000, FUNDS - 30_000)
    await holds(world)


async def test_of_an_order_for_anyone_a_customer_sees_her_own_parts(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    assert (await part(buyer, order["id"], 10_000)).status_code == 201
    assert await states(buyer, order["id"]) == ["held"]
    assert await states(seller, order["id"]) == ["held"]
    assert await states(world.person(), order["id"]) == []
