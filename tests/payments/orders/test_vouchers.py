"""An order paid with vouchers beside the wallet: each out of its campaign's budget, at once, and back pro rata with refunds."""

import asyncio
from typing import Any
from uuid import UUID

from chassis.ids import encode
from tests.payments.campaigns.shop import Shop
from tests.payments.market import Market, Party

PRICE = 30_000


async def ordered(shop: Shop, number: str = "N-1") -> dict[str, Any]:
    body = {"merchant_id": shop.merchant["id"], "merchant_order_number": number, "subject": "tea", "amount": PRICE}
    return await shop.seller.post("/v1/orders", body | {"currency": "CNY"})


def payment(amount: int, *vouchers: UUID, **more: Any) -> dict[str, Any]:
    named = [encode("vch", voucher) for voucher in vouchers]
    return {"method": "wallet", "amount": amount, "currency": "CNY", "voucher_ids": named} | more


async def refunded(shop: Shop, order: dict[str, Any], number: str, amount: int) -> dict[str, Any]:
    body = {"merchant_refund_number": number, "amount": amount, "currency": "CNY", "reason": "torn"}
    return await shop.seller.post(f"/v1/orders/{order['id']}/refunds", body)


async def test_vouchers_pay_their_part_and_come_back_pro_rata(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    kinds = [
        await shop.kind(comes_back=True, amount_off=1_999, stack_group="a"),
        await shop.kind(amount_off=1_000, stack_group="b"),
    ]
    vouchers = [await shop.claim(buyer, kind) for kind in kinds]
    before = await shop.proceeds()
    order = await ordered(shop)
    paid = await buyer.post(f"/v1/orders/{order['id']}/payments", payment(PRICE - 2_999, *vouchers))
    assert paid["state"] == "TRADE_SUCCESS"
    assert await buyer.balance() == (100_000 - PRICE + 2_999,) * 2
    assert await shop.proceeds() - before == PRICE
    parts = (await buyer.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert [(part["method"], part["amount"]) for part in parts] == [
        ("voucher", 1_999),
        ("voucher", 1_000),
        ("wallet", PRICE - 2_999),
    ]
    budget = (await shop.state())[1]
    back = 0
    for number, amount in enumerate((7, 9_999, 13_333, PRICE - 23_339)):
        assert (await refunded(shop, order, f"R-{number}", amount))["state"] == "succeeded"
        back += amount
        assert (await shop.state())[1] - budget == 2_999 * back // PRICE
        assert await market.failed_checks() == []
    assert await buyer.balance() == (100_000, 100_000)
    assert await shop.proceeds() == before
    states = {one["id"]: one["state"] for one in (await buyer.get("/v1/vouchers"))["items"]}
    assert states == {encode("vch", vouchers[0]): "claimed", encode("vch", vouchers[1]): "used"}


async def test_two_vouchers_of_one_campaign_beside_a_held_part(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    vouchers = [await shop.claim(buyer, await shop.kind(stack_group=group)) for group in ("a", "b")]
    order = await ordered(shop)
    held = payment(10_000, partial=True)
    assert (await buyer.post(f"/v1/orders/{order['id']}/payments", held))["state"] == "WAIT_BUYER_PAY"
    path = f"/v1/orders/{order['id']}/payments"
    assert (await buyer.post(path, payment(16_000, *vouchers)))["state"] == "TRADE_SUCCESS"
    assert (await refunded(shop, order, "R-1", PRICE))["state"] == "succeeded"
    assert await buyer.balance() == (100_000, 100_000)
    assert await market.failed_checks() == []


async def test_refusals_leave_vouchers_as_they_were(market: Market) -> None:
    shop, buyer, poor = await Shop.open(market, 50_000), await market.customer(100_000), await market.customer(10)
    voucher = await shop.claim(buyer, await shop.kind())
    other = await shop.claim(poor, await shop.kind())
    order = await ordered(shop)
    path = f"/v1/orders/{order['id']}/payments"
    cases: list[tuple[Party, dict[str, Any], int, str]] = [
        (buyer, payment(PRICE, voucher), 409, "amount_differs"),
        (buyer, payment(PRICE - 2_001, voucher), 409, "amount_differs"),
        (buyer, payment(PRICE - 2_000, other), 404, "unknown_voucher"),
        (poor, payment(PRICE - 2_000, other), 409, "insufficient_funds"),
        (buyer, payment(PRICE - 4_000, voucher, voucher), 422, "voucher_named_twice"),
        (buyer, payment(1_000, voucher, partial=True), 422, "invalid_value"),
        (buyer, payment(PRICE - 2_000, *[voucher] * 6), 422, "invalid_value"),
    ]
    for who, body, status, code in cases:
        assert (await who.refused(path, body))[:2] == (status, code)
    assert (await shop.state())[1:] == (50_000, 4_000)
    answers = await asyncio.gather(*(buyer.ask(path, payment(PRICE - 2_000, voucher)) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]
    assert await buyer.balance() == (100_000 - PRICE + 2_000,) * 2
    assert await market.failed_checks() == []
