"""What is captured of a pre-authorisation is an order of the merchant's, settled, shared, billed and refunded as any."""

from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Serve
from tests.payments.settlement.market import Keeper, Market, post


@pytest.fixture
async def market(serve: Serve) -> Market:
    return await Market.open(await serve("payments"))


async def _frozen(market: Market, shop: Keeper, amount: int) -> str:
    """A path of a pre-authorisation that the buyer has agreed to."""
    asked = {"merchant_id": shop.merchant_id, "merchant_number": uuid4().hex, "subject": "room 12", "amount": amount}
    made = await shop.post("/v1/preauthorisations", asked | {"currency": "CNY"})
    path = f"/v1/preauthorisations/{made.json()['id']}"
    agreed = await post(market.buyer, f"{path}/agreement", {"amount": amount, "currency": "CNY"})
    assert agreed.status_code == 201, agreed.text
    return path


async def _captured(shop: Keeper, path: str, amount: int, **facts: Any) -> dict[str, Any]:
    answer = await shop.post(f"{path}/captures", {"amount": amount} | facts)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_capture_is_settled_shared_billed_and_refunded_as_any_order(market: Market) -> None:
    shop = await market.shop()
    path = await _frozen(market, shop, 30_000)
    first = await _captured(shop, path, 10_000, merchant_order_number="nights-1")
    order = await market.order(shop, first["order_id"])
    assert (order["state"], order["merchant_order_number"]) == ("TRADE_SUCCESS", "nights-1")
    assert (order["amount"], order["transfer_id"]) == (10_000, first["transfer_id"])
    assert await market.balance(shop) == 0
    (part,) = (await shop.get(f"/v1/orders/{order['id']}/payments"))["items"]
    assert (part["method"], part["preauthorisation_id"]) == ("wallet", path.rpartition("/")[2])
    person, account_id = await market.partner()
    declared = {"account_id": account_id, "relation": "supplier"}
    receiver = (await shop.post(f"/v1/merchants/{shop.merchant_id}/share-receivers", declared)).json()
    shares = {"shares": [{"receiver_id": receiver["id"], "amount": 1_000}]}
    assert (await shop.post(f"/v1/orders/{order['id']}/shares", shares)).status_code == 201
    last = await _captured(shop, path, 15_000, final=True)
    await market.refunded(shop, last["order_id"], 5_000)
    await market.next_day()
    (one,) = await market.settlements(shop)
    # 0.6 % of 100.00 and of the 100.00 that are left of 150.00.
    assert (one["orders"], one["gross_minor"], one["refunded_minor"]) == (2, 25_000, 5_000)
    assert (one["fee_minor"], one["shares_minor"], one["net_minor"]) == (120, 1_000, 18_880)
    assert await market.held(person, account_id) == 1_000
    bill = (await shop.http.get(f"/v1/merchants/{shop.merchant_id}/bills/2026-12-02/trades")).content.decode()
    assert "#交易合计：2笔，金额共250.00元" in bill
    await market.refunded(shop, order["id"], 10_000)
    assert (await market.order(shop, order["id"]))["state"] == "TRADE_CLOSED"
    assert await market.balance(shop) == 18_880 + 60 + 1_000 - 10_000
    await market.audit()


async def test_a_contract_signed_while_money_is_frozen_holds_for_what_is_captured_after(market: Market) -> None:
    shop = await market.seller()
    path, untouched = await _frozen(market, shop, 30_000), await _frozen(market, shop, 4_000)
    before = await _captured(shop, path, 1_000)
    assert await market.balance(shop) == 1_000
    assert (await market.contract(shop)).status_code == 201
    after = [await _captured(shop, path, 10_000) for _ in range(2)]
    assert await market.balance(shop) == 1_000
    assert (await shop.post(f"{untouched}/release")).status_code == 200
    assert (await shop.get(path))["frozen"] == 9_000
    await market.next_day()
    (one,) = await market.settlements(shop)
    assert (one["orders"], one["gross_minor"], one["fee_minor"]) == (2, 20_000, 120)
    assert await market.balance(shop) == 1_000 + 20_000 - 120
    # What came past settlement is refunded from where it went, and had no fee.
    for capture in (before, *after):
        await market.refunded(shop, capture["order_id"], capture["amount"])
    assert await market.balance(shop) == 0
    assert (await shop.post(f"{path}/release")).json()["state"] == "ended"
    await market.audit()
