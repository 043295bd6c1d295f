"""An order that anybody may pay: whoever holds a part of it is its buyer until she lets go, and nobody blocks it for long."""

from typing import Any
from uuid import uuid4

from services.payments.orders.rules import MOST_PARTS
from tests.payments.market import Market, Party

CNY = {"currency": "CNY"}


async def ordered(market: Market, amount: int = 1_000, **more: Any) -> tuple[Party, str]:
    """The merchant's owner, and the path of an order of hers."""
    owner = await market.customer(0)
    merchant = await market.merchant(owner)
    body = {"merchant_id": merchant["id"], "merchant_order_number": uuid4().hex[:20], "subject": "tea"}
    order = await owner.post("/v1/orders", body | CNY | {"amount": amount} | more)
    return owner, f"/v1/orders/{order['id']}"


def part(amount: int, *, partial: bool = True) -> dict[str, Any]:
    return {"method": "wallet", "amount": amount, "partial": partial} | CNY


async def test_parts_that_a_stranger_began_keep_nobody_from_paying(market: Market) -> None:
    """As many as she may begin, given back; then the buyer pays in as many of her own."""
    stranger, buyer = await market.customer(1_000), await market.customer(1_000)
    _, order = await ordered(market)
    for _ in range(MOST_PARTS):
        await stranger.post(f"{order}/payments", part(1))
        assert await buyer.refused(f"{order}/payments", part(1)) == (409, "order_being_paid", None)
        await stranger.post(f"{order}/payments/return")
    assert (await stranger.refused(f"{order}/payments", part(1)))[1] == "too_many_parts"
    for _ in range(MOST_PARTS - 1):
        await buyer.post(f"{order}/payments", part(1))
    paid = await buyer.post(f"{order}/payments", part(1_000 - MOST_PARTS + 1, partial=False))
    assert (paid["state"], paid["buyer_id"]) == ("TRADE_SUCCESS", buyer.id)
    assert (await stranger.balance(), await buyer.balance()) == ((1_000, 1_000), (0, 0))
    assert await market.failed_checks() == []


async def test_the_merchant_releases_who_holds_up_its_order_for_good(market: Market) -> None:
    stranger, buyer = await market.customer(1_000), await market.customer(1_000)
    owner, order = await ordered(market)
    assert (await owner.refused(f"{order}/payments/return"))[1] == "nothing_held"
    await stranger.post(f"{order}/payments", part(1))
    assert (await buyer.refused(f"{order}/payments/return"))[:2] == (404, "unknown_order")
    assert (await owner.post(f"{order}/payments/return"))["state"] == "WAIT_BUYER_PAY"
    (seen,) = (await stranger.get(f"{order}/payments"))["items"]
    assert (seen["state"], seen["failure_code"], await stranger.balance()) == ("voided", "released", (1_000, 1_000))
    for body in (part(1), part(1_000, partial=False), {"method": "wallet", "amount": 1_000} | CNY):
        assert await stranger.refused(f"{order}/payments", body) == (409, "payer_released", None)
    await buyer.post(f"{order}/payments", part(400))
    assert (await buyer.post(f"{order}/payments", part(600)))["state"] == "TRADE_SUCCESS"
    assert (await owner.refused(f"{order}/payments/return"))[1] == "order_already_paid"
    assert await market.failed_checks() == []


async def test_a_buyer_whom_the_order_names_may_pay_after_a_release(market: Market) -> None:
    buyer = await market.customer(1_000)
    owner, order = await ordered(market, buyer_id=buyer.id)
    await buyer.post(f"{order}/payments", part(1))
    await owner.post(f"{order}/payments/return")
    assert (await buyer.post(f"{order}/payments", part(1_000, partial=False)))["state"] == "TRADE_SUCCESS"
    assert await market.failed_checks() == []


async def test_an_owner_who_pays_her_own_order_takes_back_her_own_parts(market: Market) -> None:
    owner, order = await ordered(market)
    await market.pay_in((await owner.get(f"/v1/wallets/{owner.wallet['id']}"))["account_id"], 10)
    await owner.post(f"{order}/payments", part(1))
    await owner.post(f"{order}/payments/return")
    await owner.post(f"{order}/payments", part(2))
    assert await owner.balance() == (10, 8)
