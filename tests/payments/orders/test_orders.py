"""Orders over HTTP: created once, paid once, closed by time or by the merchant."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.customer import Person, World

FUNDS = 100_000


async def merchant_of(seller: Person, currency: str = "CNY") -> dict[str, Any]:
    answer = await seller.post("/v1/merchants", {"name": "茶叶店", "currency": currency})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ordered(seller: Person, merchant_id: str, number: str = "N-1", **more: Any) -> httpx.Response:
    body = {"merchant_id": merchant_id, "merchant_order_number": number, "subject": "tea", "amount": 30_000}
    return await seller.post("/v1/orders", body | {"currency": "CNY"} | more)


async def paid(buyer: Person, order_id: str, amount: int = 30_000, key: str | None = None) -> httpx.Response:
    body = {"method": "wallet", "amount": amount, "currency": "CNY"}
    return await buyer.post(f"/v1/orders/{order_id}/payments", body, key)


async def market(world: World) -> tuple[Person, Person, dict[str, Any]]:
    """A seller with a merchant, and a buyer with 1,000.00."""
    seller, buyer = world.person(), world.person()
    await buyer.funded(FUNDS)
    return seller, buyer, await merchant_of(seller)


async def test_an_order_is_paid_from_the_wallet_into_the_merchant_s_account(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    assert order["state"] == "WAIT_BUYER_PAY"
    answer = await paid(buyer, order["id"])
    assert answer.status_code == 201, answer.text
    assert (answer.json()["state"], answer.json()["buyer_id"]) == ("TRADE_SUCCESS", buyer.id)
    assert await buyer.balance() == (70_000, 70_000)
    assert (await seller.get(f"/v1/merchants/{merchant['id']}"))["balance"] == 30_000
    assert [item["id"] for item in (await buyer.get("/v1/orders"))["items"]] == [order["id"]]
    assert (await seller.get("/v1/orders", merchant_id=merchant["id"], state="TRADE_SUCCESS"))["items"][0][
        "id"
    ] == order["id"]
    assert (await seller.get("/v1/orders", merchant_id=merchant["id"], state="TRADE_CLOSED"))["items"] == []


async def test_paying_twice_is_refused_and_the_same_key_is_answered_again(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    first = await paid(buyer, order["id"], key="pay-1")
    replay = await paid(buyer, order["id"], key="pay-1")
    assert first.json() == replay.json()
    second = await paid(buyer, order["id"])
    assert (second.status_code, second.json()["code"]) == (409, "order_already_paid")
    assert await buyer.balance() == (70_000, 70_000)


async def test_many_payments_at_once_have_one_winner(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"], amount=1_000)).json()
    answers = await asyncio.gather(*(paid(buyer, order["id"], 1_000) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await buyer.balance() == (99_000, 99_000)


async def test_an_order_closes_when_its_time_is_over(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"], timeout_seconds=60)).json()
    await world.move_clock(timedelta(seconds=61))
    late = await paid(buyer, order["id"])
    assert (late.status_code, late.json()["code"]) == (409, "order_closed")
    await world.run_periodic("payments.close_orders")
    closed = await seller.get(f"/v1/orders/{order['id']}")
    assert (closed["state"], closed["close_reason"]) == ("TRADE_CLOSED", "timeout")
    assert await buyer.balance() == (FUNDS, FUNDS)


async def test_a_closed_order_is_not_paid_and_a_paid_one_not_closed(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    closed = (await seller.post(f"/v1/orders/{order['id']}/closure")).json()
    assert (closed["state"], closed["close_reason"]) == ("TRADE_CLOSED", "merchant")
    assert (await paid(buyer, order["id"])).json()["code"] == "order_closed"
    again = await seller.post(f"/v1/orders/{order['id']}/closure")
    assert again.json() == closed
    other = (await ordered(seller, merchant["id"], "N-2")).json()
    await paid(buyer, other["id"])
    refused = await seller.post(f"/v1/orders/{other['id']}/closure")
    assert (refused.status_code, refused.json()["code"]) == (409, "order_already_paid")


async def test_close_against_pay_has_one_winner(world: World) -> None:
    seller, buyer, merchant = await market(world)
    for number in range(4):
        order = (await ordered(seller, merchant["id"], f"R-{number}", amount=100)).json()
        payment, closure = await asyncio.gather(
            paid(buyer, order["id"], 100), seller.post(f"/v1/orders/{order['id']}/closure")
        )
        assert sorted((payment.status_code // 100, closure.status_code // 100)) == [2, 4]


async def test_refusals_of_payment(world: World) -> None:
    seller, buyer, merchant = await market(world)
    dora = world.person()
    await dora.open_wallet()
    order = (await ordered(seller, merchant["id"])).json()
    shells = {"method": "shells", "amount": 1, "currency": "CNY"}
    for_dora = (await ordered(seller, merchant["id"], "N-2", buyer_id=dora.id)).json()
    cases = [
        (await paid(buyer, order["id"], 29_999), 409, "amount_differs"),
        (await paid(dora, order["id"]), 409, "insufficient_funds"),
        (await paid(buyer, for_dora["id"]), 404, "unknown_order"),
        (await paid(seller, order["id"]), 404, "unknown_wallet"),
        (await buyer.http.get(f"/v1/orders/{for_dora['id']}"), 404, "unknown_order"),
        (await buyer.post(f"/v1/orders/{order['id']}/closure"), 404, "unknown_order"),
        (await buyer.post(f"/v1/orders/{order['id']}/payments", shells), 422, "invalid_value"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await buyer.balance() == (FUNDS, FUNDS)


async def test_refusals_of_creation(world: World) -> None:
    seller, buyer, merchant = await market(world)
    await ordered(seller, merchant["id"], "TWICE")
    cases = [
        (await ordered(seller, merchant["id"], "TWICE"), 409, "order_number_used"),
        (await ordered(buyer, merchant["id"], "OTHER"), 404, "unknown_merchant"),
        (await ordered(seller, merchant["id"], "USD", currency="USD"), 422, "currency_mismatch"),
        (await ordered(seller, merchant["id"], "ZERO", amount=0), 422, "invalid_value"),
        (await ordered(seller, merchant["id"], "SHORT", timeout_seconds=1), 422, "invalid_value"),
        (await buyer.http.get("/v1/orders", params={"merchant_id": merchant["id"]}), 404, "unknown_merchant"),
        (await buyer.http.get(f"/v1/merchants/{merchant['id']}"), 404, "not_found"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_merchants_are_listed_for_their_owner_alone(world: World) -> None:
    seller, buyer, merchant = await market(world)
    second = await merchant_of(seller, "BRL")
    assert [item["id"] for item in (await seller.get("/v1/merchants"))["items"]] == [merchant["id"], second["id"]]
    assert (await buyer.get("/v1/merchants"))["items"] == []


async def test_the_audit_finds_an_order_paid_twice(world: World) -> None:
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    assert (await paid(buyer, order["id"])).status_code == 201
    operator = world.payments.client()
    assert (await operator.get("/v1/verification")).json()["holds"] is True
    again = {
        "id": encode("trf", new_id()), "code": "order.payment", "reference": order["id"], "amount": 30_000, "currency": "CNY",
        "debit_account_id": (await buyer.wallet())["account_id"], "credit_account_id": merchant["account_id"],
    }  # fmt: skip
    assert (await operator.post("/v1/transfers", json=again)).status_code == 201
    report = (await operator.get("/v1/verification")).json()
    assert [one["offending"] for one in report["checks"] if one["failed"]] == [[again["id"]]]
