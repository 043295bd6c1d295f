"""An escrow trade is paid by its order: by several methods together, by whom it may, and given back as it was paid."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.ids import decode, encode
from services.payments.orders.jobs import close_orders
from services.payments.trades.actions import end_if_due
from tests.conftest import Serve
from tests.payments.campaigns.shop import Shop
from tests.payments.market import Market, Party, refusal

PRICE = 30_000


@pytest.fixture
async def market(serve: Serve) -> Market:
    return await Market.open(await serve("payments"))


async def sold(seller: Party, merchant: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """An unpaid trade."""
    items = [{"name": "tea", "quantity": 3, "unit_price": 10_000}]
    wanted = {"merchant_id": merchant["id"], "merchant_trade_number": uuid4().hex, "subject": "tea", "items": items}
    return await seller.post("/v1/trades", wanted | {"currency": "CNY"} | facts)


def part(amount: int, method: str = "wallet", *, partial: bool = True, **facts: Any) -> dict[str, Any]:
    return {"method": method, "amount": amount, "currency": "CNY", "partial": partial} | facts


def paying(trade: dict[str, Any]) -> str:
    return f"/v1/orders/{trade['order_id']}/payments"


async def financier(market: Market, buyer: Party, amount: int) -> tuple[httpx.AsyncClient, str]:
    """A lender acting for the buyer, and its account with so much."""
    own = market.served.client("ecommerce_credit")
    asked = {"currency": "CNY", "kind": "capital"}
    account = (await own.post("/v1/accounts", json=asked, headers={"idempotency-key": uuid4().hex})).json()
    await market.pay_in(account["id"], amount)
    return market.served.client("ecommerce_credit", acting_for=buyer.id), account["id"]


async def test_credit_a_voucher_and_wallets_pay_one_trade_and_get_their_own_back(market: Market) -> None:
    shop, buyer = await Shop.open(market, 50_000), await market.customer(100_000)
    voucher = await shop.claim(buyer, await shop.kind(comes_back=True))
    credit, capital = await financier(market, buyer, 12_000)
    before, budget = await shop.proceeds(), (await shop.state())[1]
    trade = await sold(shop.seller, shop.merchant)
    path = f"/v1/trades/{trade['id']}"
    await buyer.post(paying(trade), part(10_000))
    financed = await credit.post(
        paying(trade), json=part(12_000, "consumer_credit", account_id=capital), headers={"idempotency-key": "credit"}
    )
    assert financed.status_code == 201, financed.text
    assert (await buyer.get(path))["state"] == "WAIT_BUYER_PAY"
    assert await market.failed_checks() == []
    last = part(6_000, partial=False, voucher_ids=[encode("vch", voucher)])
    assert (await buyer.post(paying(trade), last))["state"] == "TRADE_SUCCESS"
    told = await buyer.get(path)
    assert (told["state"], told["method"], told["held"]) == ("WAIT_SELLER_SEND_GOODS", "split", PRICE)
    assert (told["buyer_id"], told["payment_transfer_id"]) == (buyer.id, None)
    assert await shop.proceeds() == before
    await shop.seller.post(f"{path}/shipment", {})
    refund = await buyer.post(f"{path}/refunds", {"reason": "torn", "items": [{"number": 1, "amount": 15_000}]})
    assert (await shop.seller.post(f"/v1/trade-refunds/{refund['id']}/agreement"))["state"] == "REFUND_SUCCESS"
    # Half of the voucher's 20.00, then those who paid in their order.
    assert (await shop.state())[1] == budget - 1_000
    assert await buyer.balance() == (94_000, 94_000)
    assert await market.balance(capital) == 4_000
    assert await market.failed_checks() == []
    await buyer.post(f"{path}/confirmation", {"items": [1]})
    assert (await buyer.get(path))["state"] == "TRADE_FINISHED"
    assert await shop.proceeds() == before + 15_000
    assert await market.failed_checks() == []


async def test_a_trade_that_is_not_shipped_gives_everything_back(market: Market) -> None:
    seller, buyer = await market.customer(None), await market.customer(100_000)
    credit, capital = await financier(market, buyer, PRICE)
    trade = await sold(seller, await market.merchant(seller))
    whole = part(PRICE, "consumer_credit", partial=False, account_id=capital)
    assert (await credit.post(paying(trade), json=whole, headers={"idempotency-key": "credit"})).status_code == 201
    assert (await buyer.get(f"/v1/trades/{trade['id']}"))["method"] == "consumer_credit"
    assert (await seller.post(f"/v1/trades/{trade['id']}/closure"))["close_reason"] == "seller"
    assert await market.balance(capital) == PRICE
    order = await buyer.get(f"/v1/orders/{trade['order_id']}")
    assert (order["state"], order["close_reason"], order["trade_id"]) == ("TRADE_CLOSED", "refunded", trade["id"])
    assert await market.failed_checks() == []


@pytest.mark.parametrize("wallet", [100_000, None])
async def test_a_payer_who_has_left_keeps_no_trade_from_its_end(market: Market, wallet: int | None) -> None:
    """What her lender paid goes to the buyer's wallet; to suspense where she has none."""
    seller, buyer = await market.customer(None), await market.customer(wallet)
    credit, capital = await financier(market, buyer, PRICE)
    trade = await sold(seller, await market.merchant(seller))
    whole = part(PRICE, "consumer_credit", partial=False, account_id=capital)
    assert (await credit.post(paying(trade), json=whole, headers={"idempotency-key": "credit"})).status_code == 201
    own = market.served.client("ecommerce_credit")
    closing = await own.post(
        f"/v1/accounts/{capital}/closure", json={"reason": "left"}, headers={"idempotency-key": "left"}
    )
    assert closing.status_code in (200, 201), closing.text
    await market.stop_clock(timedelta(days=7))
    await market.perform(end_if_due, market.operator.caller, trade_id=decode("trd", trade["id"]))
    told = await buyer.get(f"/v1/trades/{trade['id']}")
    assert (told["state"], told["held"]) == ("TRADE_CLOSED", 0)
    (event,) = (await market.operator.get("/v1/events", types="payments.refund.redirected.v1"))["items"]
    assert (event["data"]["payer"], event["data"]["amount"]) == ("ecommerce_credit", PRICE)
    if wallet is None:
        assert event["data"]["wallet_id"] is None
    else:
        assert event["data"]["wallet_id"] == buyer.wallet["id"]
        assert await buyer.balance() == (wallet + PRICE,) * 2
    assert await market.failed_checks() == []


@pytest.mark.parametrize(("how", "reason"), [("buyer", "buyer"), ("order", "seller"), ("time", "unpaid")])
async def test_held_parts_go_back_when_the_trade_closes_unpaid(market: Market, how: str, reason: str) -> None:
    seller, buyer = await market.customer(None), await market.customer(100_000)
    trade = await sold(seller, await market.merchant(seller), buyer_id=buyer.id)
    await buyer.post(paying(trade), part(10_000))
    assert await buyer.balance() == (100_000, 90_000)
    if how == "buyer":
        await buyer.post(f"/v1/trades/{trade['id']}/closure")
    elif how == "order":
        await seller.post(f"/v1/orders/{trade['order_id']}/closure")
    else:
        await market.stop_clock(timedelta(days=1))
        assert (await buyer.refused(paying(trade), part(20_000)))[1] == "order_closed"
        await close_orders(market.served.runtime)
    told = await buyer.get(f"/v1/trades/{trade['id']}")
    assert (told["state"], told["close_reason"], told["held"]) == ("TRADE_CLOSED", reason, 0)
    assert (await buyer.get(f"/v1/orders/{trade['order_id']}"))["state"] == "TRADE_CLOSED"
    assert await buyer.balance() == (100_000, 100_000)
    assert await market.failed_checks() == []


async def test_what_a_trade_s_order_refuses(market: Market) -> None:
    seller, buyer = await market.customer(100_000), await market.customer(100_000)
    stranger, merchant = await market.customer(100_000), await market.merchant(seller)
    trade = await sold(seller, merchant)
    assert (await seller.refused(paying(trade), part(PRICE, partial=False)))[:2] == (422, "own_trade")
    assert (await buyer.refused(paying(trade), part(1, partial=False)))[1] == "amount_differs"
    await buyer.post(paying(trade), part(10_000))
    assert (await stranger.refused(paying(trade), part(20_000)))[1] == "order_being_paid"
    # The trade's own way is the whole price.
    whole = {"method": "wallet", "amount": PRICE, "currency": "CNY"}
    assert (await buyer.refused(f"/v1/trades/{trade['id']}/payments", whole))[1] == "amount_differs"
    await buyer.post(paying(trade), part(20_000))
    assert (await stranger.refused(paying(trade), part(PRICE, partial=False)))[1] == "unknown_order"
    back = {"merchant_refund_number": "R-1", "amount": 1, "currency": "CNY", "reason": "torn"}
    refunds = f"/v1/orders/{trade['order_id']}/refunds"
    assert await seller.refused(refunds, back) == (409, "order_under_escrow", None)
    assert (await seller.refused(f"/v1/orders/{trade['order_id']}/closure"))[1] == "order_already_paid"
    shares = {"shares": [{"receiver_id": encode("rcv", buyer.uuid), "amount": 1}]}
    assert (await seller.refused(f"/v1/orders/{trade['order_id']}/shares", shares))[1] == "share_too_late"
    assert (await buyer.get(f"/v1/trades/{trade['id']}"))["held"] == PRICE
    assert await market.failed_checks() == []


async def test_closing_and_paying_at_once_have_one_winner(market: Market) -> None:
    seller, buyer = await market.customer(None), await market.customer(100_000)
    merchant, bought = await market.merchant(seller), 0
    for _ in range(3):
        trade = await sold(seller, merchant, buyer_id=buyer.id)
        answers = await asyncio.gather(
            buyer.ask(paying(trade), part(10_000, partial=False) | {"amount": PRICE}),
            buyer.ask(f"/v1/trades/{trade['id']}/closure"),
            buyer.ask(f"/v1/trades/{trade['id']}/payments", {"method": "wallet", "amount": PRICE, "currency": "CNY"}),
            seller.ask(f"/v1/orders/{trade['order_id']}/closure"),
        )
        assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
        told = await buyer.get(f"/v1/trades/{trade['id']}")
        paid = sum(answer.status_code == 201 for answer in answers)
        assert (paid, told["state"]) in ((1, "WAIT_SELLER_SEND_GOODS"), (0, "TRADE_CLOSED"))
        assert {refusal(answer)[1] for answer in answers if answer.status_code > 400} <= {
            "not_allowed_in_state", "order_already_paid", "order_closed", "not_your_part", "in_progress",
        }  # fmt: skip
        bought += paid
    assert await buyer.balance() == (100_000 - bought * PRICE,) * 2
    assert await market.failed_checks() == []


async def test_a_merchant_under_contract_gets_what_escrow_releases_whole(market: Market) -> None:
    """It is no proceeds of hers: no run settles it, and no fee is taken."""
    seller, buyer = await market.customer(None), await market.customer(100_000)
    merchant = await market.merchant(seller)
    tiers = [{"from_minor": 0, "rate": "0.006"}]
    plan = {"code": "standard", "name": "标准", "currency": "CNY", "tiers": tiers}
    terms = {"fee_plan_id": (await market.operator.post("/v1/fee-plans", plan))["id"]}
    await market.operator.post(f"/v1/merchants/{merchant['id']}/contracts", terms)
    trade = await sold(seller, merchant)
    await buyer.post(paying(trade), part(PRICE, partial=False))
    await market.stop_clock(timedelta(days=2))
    await market.run_periodic("payments.settle_due")
    await seller.post(f"/v1/trades/{trade['id']}/shipment", {})
    await buyer.post(f"/v1/trades/{trade['id']}/confirmation", {})
    assert await market.balance(merchant["account_id"]) == PRICE
    assert (await seller.get(f"/v1/orders/{trade['order_id']}"))["fee_minor"] is None
    listed = await seller.get(f"/v1/merchants/{merchant['id']}/settlements")
    assert [one for one in listed["items"] if one["orders"]] == []
