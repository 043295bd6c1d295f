"""Refunds over HTTP: many, in total at most the payment, to those who paid, waiting for funds, given up."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.customer import Person, World
from tests.payments.orders.test_orders import FUNDS, market, ordered, paid


async def refunded(seller: Person, order_id: str, amount: int, number: str = "R-1", **more: Any) -> httpx.Response:
    body = {"merchant_refund_number": number, "amount": amount, "currency": "CNY", "reason": "wrong size"}
    return await seller.post(f"/v1/orders/{order_id}/refunds", body | more)


async def bought(world: World) -> tuple[Person, Person, dict[str, Any], dict[str, Any]]:
    """Seller, buyer, merchant, and an order of 300.00 paid from the buyer's 1,000.00."""
    seller, buyer, merchant = await market(world)
    order = (await ordered(seller, merchant["id"])).json()
    answer = await paid(buyer, order["id"])
    assert answer.status_code == 201, answer.text
    return seller, buyer, merchant, answer.json()


async def holds(world: World) -> None:
    report = (await world.payments.client().get("/v1/verification")).json()
    assert report["holds"] is True, [check for check in report["checks"] if check["failed"]]


async def test_refunds_in_parts_close_the_order_when_all_is_back(world: World) -> None:
    seller, buyer, merchant, order = await bought(world)
    for number, amount in enumerate((10_000, 1, 19_998)):
        answer = await refunded(seller, order["id"], amount, f"R-{number}")
        assert (answer.status_code, answer.json()["state"]) == (201, "succeeded"), answer.text
    assert (await seller.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_SUCCESS"
    last = (await refunded(seller, order["id"], 1, "R-last")).json()
    told = await buyer.get(f"/v1/orders/{order['id']}")
    assert (told["state"], told["close_reason"], told["refunded"]) == ("TRADE_CLOSED", "refunded", 30_000)
    assert await buyer.balance() == (FUNDS, FUNDS)
    assert (await seller.get(f"/v1/merchants/{merchant['id']}"))["balance"] == 0
    part = (await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"][0]
    legs = [{"payment_id": part["id"], "amount": 1, "return_id": None, "return_state": None}]
    assert await buyer.get(f"/v1/refunds/{last['id']}") == last | {"legs": legs}
    listed = await seller.get("/v1/refunds", merchant_id=merchant["id"], order_id=order["id"])
    assert [item["merchant_refund_number"] for item in listed["items"]] == ["R-last", "R-2", "R-1", "R-0"]
    assert (await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"][0]["refunded"] == 30_000
    await holds(world)


async def test_a_refund_is_known_by_the_merchant_s_number(world: World) -> None:
    seller, _, merchant, order = await bought(world)
    first = await refunded(seller, order["id"], 100)
    again = await refunded(seller, order["id"], 100)
    assert first.json() == again.json()
    other = await refunded(seller, order["id"], 101)
    assert (other.status_code, other.json()["code"]) == (409, "refund_number_used")
    found = await seller.get("/v1/refunds", merchant_id=merchant["id"], merchant_refund_number="R-1")
    assert found["items"] == [first.json()]
    assert (await seller.get("/v1/refunds", merchant_id=merchant["id"], merchant_refund_number="R-2"))["items"] == []


async def test_refusals(world: World) -> None:
    seller, buyer, merchant, order = await bought(world)
    unpaid = (await ordered(seller, merchant["id"], "N-2")).json()
    cases = [
        (await refunded(seller, order["id"], 30_001), 409, "refund_exceeds_payment"),
        (await refunded(seller, order["id"], 1, currency="USD"), 409, "refund_exceeds_payment"),
        (await refunded(seller, unpaid["id"], 1), 409, "order_not_paid"),
        (await refunded(buyer, order["id"], 1), 404, "unknown_order"),
        (await refunded(seller, order["id"], 0), 422, "invalid_value"),
        (await refunded(seller, order["id"], 1, reason=""), 422, "invalid_value"),
        (await buyer.http.get("/v1/refunds", params={"merchant_id": merchant["id"]}), 404, "unknown_merchant"),
        (await buyer.http.get(f"/v1/refunds/{encode('rfd', new_id())}"), 404, "unknown_refund"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await buyer.balance() == (FUNDS - 30_000, FUNDS - 30_000)


async def test_two_hundred_refunds_at_once_never_give_back_more_than_was_paid(world: World) -> None:
    seller, buyer, _, order = await bought(world)
    asked = [refunded(seller, order["id"], 1_000, f"R-{number}") for number in range(200)]
    answers = await asyncio.gather(*asked)
    while any(answer.status_code == 503 for answer in answers):
        retried = [
            refunded(seller, order["id"], 1_000, f"R-{n}") for n, one in enumerate(answers) if one.status_code == 503
        ]
        answers = [one for one in answers if one.status_code != 503] + list(await asyncio.gather(*retried))
    assert sum(answer.status_code == 201 for answer in answers) == 30
    assert await buyer.balance() == (FUNDS, FUNDS)
    await holds(world)


async def test_without_funds_it_waits_is_paid_when_there_are_some_and_given_up_when_there_never_are(
    world: World,
) -> None:
    seller, buyer, merchant, order = await bought(world)
    operator = world.payments.client()
    elsewhere = world.person()
    wallet = await elsewhere.open_wallet()
    away = {
        "id": encode("trf", new_id()), "code": "test.spending", "amount": 30_000, "currency": "CNY",
        "debit_account_id": merchant["account_id"], "credit_account_id": wallet["account_id"],
    }  # fmt: skip
    assert (await operator.post("/v1/transfers", json=away)).status_code == 201
    waiting = (await refunded(seller, order["id"], 10_000)).json()
    hopeless = (await refunded(seller, order["id"], 20_000, "R-2")).json()
    assert (waiting["state"], hopeless["state"]) == ("refund_pending_funds", "refund_pending_funds")
    assert (await refunded(seller, order["id"], 1, "R-3")).json()["code"] == "refund_exceeds_payment"
    await holds(world)
    second = (await ordered(seller, merchant["id"], "N-2", amount=15_000)).json()
    assert (await paid(buyer, second["id"], 15_000)).status_code == 201
    await world.move_clock(timedelta(minutes=10))
    await world.run_periodic("payments.work_due_refunds")
    assert (await seller.get(f"/v1/refunds/{waiting['id']}"))["state"] == "succeeded"
    assert (await seller.get(f"/v1/refunds/{hopeless['id']}"))["state"] == "refund_pending_funds"
    await world.move_clock(timedelta(days=15))
    await world.run_periodic("payments.work_due_refunds")
    failed = await seller.get(f"/v1/refunds/{hopeless['id']}")
    assert (failed["state"], failed["failure_code"]) == ("failed", "insufficient_funds")
    assert (await seller.get(f"/v1/orders/{order['id']}"))["refunded"] == 10_000
    await holds(world)


async def test_after_a_year_an_order_is_finished_and_not_refunded(world: World) -> None:
    seller, _, _, order = await bought(world)
    await world.move_clock(timedelta(days=365))
    late = await refunded(seller, order["id"], 1)
    assert (late.status_code, late.json()["code"]) == (409, "refund_too_late")
    await world.run_periodic("payments.finish_orders")
    assert (await seller.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_FINISHED"
    assert (await refunded(seller, order["id"], 1, "R-2")).json()["code"] == "refund_too_late"
    await holds(world)
