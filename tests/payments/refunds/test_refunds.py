"""Refunds over HTTP: many, in total at most the payment, to those who paid, waiting for funds, given up."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.payments.customer import Person, World
from tests.payments.market import Market, Party
from tests.payments.orders.test_orders import FUNDS, ordered, paid
from tests.payments.orders.test_orders import market as people


async def refunded(seller: Person, order_id: str, amount: int, number: str = "R-1", **more: Any) -> httpx.Response:
    body = {"merchant_refund_number": number, "amount": amount, "currency": "CNY", "reason": "wrong size"}
    return await seller.post(f"/v1/orders/{order_id}/refunds", body | more)


async def bought(world: World) -> tuple[Person, Person, dict[str, Any], dict[str, Any]]:
    """Seller, buyer, merchant, and an order of 300.00 paid from the buyer's 1,000.00."""
    seller, buyer, merchant = await people(world)
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
    legs = [{"payment_id": part["id"], "amount": 1, "return_id": None, "return_state": None, "restored_minor": 0}]
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


async def test_one_that_cannot_be_paid_holds_up_nobody_and_is_given_up(market: Market) -> None:
    """The merchant's account is frozen, so that refunds wait; whom the first would go back to has closed its account."""
    seller, buyer = await market.customer(), await market.customer(50_000)
    merchant = await market.merchant(seller)
    body = {"merchant_id": merchant["id"], "subject": "tea", "amount": 10_000, "currency": "CNY"}
    financed, own = [
        await seller.post("/v1/orders", body | {"merchant_order_number": number}) for number in ("N-1", "N-2")
    ]
    scopes = ["payments:read", "payments:write", "payments:transfer"]
    credit = market.served.client("ecommerce_credit", scopes, acting_for=buyer.id)
    lender = Party("ecommerce_credit", market.served.client("ecommerce_credit", scopes), seller.caller)
    account = await lender.post(
        "/v1/accounts", {"currency": "CNY", "kind": "capital", "rule": "debits_must_not_exceed_credits"}
    )
    await market.pay_in(account["id"], 10_000)
    pays = {"method": "consumer_credit", "account_id": account["id"], "amount": 10_000, "currency": "CNY"}
    answer = await credit.post(f"/v1/orders/{financed['id']}/payments", json=pays, headers={"idempotency-key": "K"})
    assert answer.status_code == 201, answer.text
    wallet = {"method": "wallet", "amount": 10_000, "currency": "CNY"}
    await buyer.post(f"/v1/orders/{own['id']}/payments", wallet)
    await market.operator.post(f"/v1/accounts/{merchant['account_id']}/freeze", {"reason": "court order"})
    waiting = []
    for order in (financed, own):
        asked = {"merchant_refund_number": order["id"], "amount": 10_000, "currency": "CNY", "reason": "torn"}
        waiting.append(await seller.post(f"/v1/orders/{order['id']}/refunds", asked))
    assert [one["state"] for one in waiting] == ["refund_pending_funds"] * 2
    await lender.post(f"/v1/accounts/{account['id']}/closure", {"reason": "no longer needed"})
    await market.operator.post(f"/v1/accounts/{merchant['account_id']}/release", {"reason": "lifted"})
    await market.stop_clock(timedelta(minutes=11))
    await market.run_periodic("payments.work_due_refunds")
    told = [await seller.get(f"/v1/refunds/{one['id']}") for one in waiting]
    assert [one["state"] for one in told] == ["refund_pending_funds", "succeeded"]
    await market.stop_clock(timedelta(days=15))
    await market.run_periodic("payments.work_due_refunds")
    failed = await seller.get(f"/v1/refunds/{waiting[0]['id']}")
    assert (failed["state"], failed["failure_code"]) == ("failed", "account_closed")
    assert (await seller.get(f"/v1/orders/{financed['id']}"))["refunded"] == 0
    assert await market.failed_checks() == []


async def test_an_order_does_not_finish_while_a_refund_waits(market: Market) -> None:
    seller, buyer = await market.customer(), await market.customer(50_000)
    merchant = await market.merchant(seller)
    body = {"merchant_id": merchant["id"], "merchant_order_number": "N-1", "subject": "tea", "amount": 10_000}
    order = await seller.post("/v1/orders", body | {"currency": "CNY"})
    await buyer.post(f"/v1/orders/{order['id']}/payments", {"method": "wallet", "amount": 10_000, "currency": "CNY"})
    await market.operator.post(f"/v1/accounts/{merchant['account_id']}/freeze", {"reason": "court order"})
    await market.stop_clock(timedelta(days=364, hours=23))
    asked = {"merchant_refund_number": "R-1", "amount": 10_000, "currency": "CNY", "reason": "torn"}
    refund = await seller.post(f"/v1/orders/{order['id']}/refunds", asked)
    assert refund["state"] == "refund_pending_funds"
    await market.stop_clock(timedelta(hours=2))
    await market.run_periodic("payments.finish_orders")
    assert (await seller.get(f"/v1/orders/{order['id']}"))["state"] == "TRADE_SUCCESS"
    await market.operator.post(f"/v1/accounts/{merchant['account_id']}/release", {"reason": "lifted"})
    await market.run_periodic("payments.work_due_refunds")
    told = await seller.get(f"/v1/orders/{order['id']}")
    assert (told["state"], told["close_reason"]) == ("TRADE_CLOSED", "refunded")
    assert await buyer.balance() == (50_000, 50_000)


async def test_room_comes_back_once_with_refunds_and_voided_parts(market: Market, admin_url: str) -> None:
    seller, buyer = await market.customer(), await market.customer(50_000)
    await market.prove(buyer, "王小明")
    merchant = await market.merchant(seller)
    body = {"merchant_id": merchant["id"], "subject": "tea", "amount": 10_000, "currency": "CNY"}
    orders = [await seller.post("/v1/orders", body | {"merchant_order_number": f"N-{number}"}) for number in range(2)]
    wallet = {"method": "wallet", "amount": 4_000, "currency": "CNY", "partial": True}
    for order in orders:
        await buyer.post(f"/v1/orders/{order['id']}/payments", wallet)
    await buyer.post(f"/v1/orders/{orders[0]['id']}/payments", wallet | {"amount": 6_000, "partial": False})
    await buyer.post(f"/v1/orders/{orders[1]['id']}/payments/return")
    asked = {"merchant_refund_number": "R-1", "amount": 5_000, "currency": "CNY", "reason": "torn"}
    await seller.post(f"/v1/orders/{orders[0]['id']}/refunds", asked)
    assert await market.failed_checks() == []
    twice = "UPDATE limit_takings SET given_back = given_back - 1, counted_back = counted_back - 1 WHERE given_back > 0"
    assert "room_comes_back_with_refunds" in await market.failed_when(admin_url, twice)
