"""Escrow trades over HTTP, from the offer to their end; after each the audit holds."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from tests.conftest import Serve
from tests.payments.trades.shop import ITEMS, TOTAL, Shop, Somebody

PICTURE = {"sha256": "ab" * 32, "media_type": "image/jpeg", "size": 4_096}


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Shop]:
    shop = await Shop.open(await serve("payments"))
    yield shop
    await shop.book.audit()


async def test_paid_shipped_extended_confirmed_item_by_item(shop: Shop) -> None:
    trade = await shop.create()
    assert (trade["state"], trade["amount"], trade["held"], trade["category"]) == (
        "WAIT_BUYER_PAY",
        TOTAL,
        0,
        "general",
    )
    paid = await shop.pay(trade)
    assert (paid["state"], paid["held"]) == ("WAIT_SELLER_SEND_GOODS", TOTAL)
    assert await shop.balances() == (TOTAL, 0)
    path = f"/v1/trades/{trade['id']}"
    shipped = await shop.seller.done(f"{path}/shipment", {"carrier": "SF", "tracking_number": "SF1"})
    extended = await shop.buyer.done(f"{path}/extension")
    prolonged = await shop.seller.done(f"{path}/prolongation", {"seconds": 86_400})
    dues = [datetime.fromisoformat(one["due_at"]) for one in (shipped, extended, prolonged)]
    assert [(later - dues[0]).days for later in dues] == [0, 3, 4]
    assert await shop.buyer.refused(f"{path}/extension") == (409, "already_extended", None)
    await shop.buyer.done(f"{path}/confirmation", {"items": [2]})
    assert await shop.balances() == (TOTAL, 5_000)
    done = await shop.buyer.done(f"{path}/confirmation", {})
    assert (done["state"], done["held"], done["released"], done["due_at"]) == ("TRADE_FINISHED", 0, TOTAL, None)
    assert await shop.balances() == (TOTAL, TOTAL)
    assert [one["moved"] for one in await shop.events("payments.trade.released.v1")] == [5_000, 21_000]
    transfers = (await shop.operator.get("/v1/transfers", reference=trade["id"]))["items"]
    assert [one["code"] for one in transfers] == ["escrow.release", "escrow.release"]
    (paying,) = (await shop.operator.get("/v1/transfers", reference=trade["order_id"]))["items"]
    assert (paying["code"], paying["id"]) == ("order.payment", paid["payment_transfer_id"])


async def test_a_trade_nobody_pays_closes(shop: Shop) -> None:
    trade = await shop.create()
    await shop.after(hours=23)
    assert (await shop.read(trade))["state"] == "WAIT_BUYER_PAY"
    await shop.after(hours=1)
    closed = await shop.read(trade)
    assert (closed["state"], closed["close_reason"]) == ("TRADE_CLOSED", "unpaid")
    withdrawn = await shop.create("N-2")
    closed = await shop.buyer.done(f"/v1/trades/{withdrawn['id']}/closure")
    assert (closed["state"], closed["close_reason"]) == ("TRADE_CLOSED", "buyer")


async def test_the_seller_never_ships_or_gives_up(shop: Shop) -> None:
    trade, other = await shop.pay(await shop.create()), await shop.pay(await shop.create("N-2"))
    given_up = await shop.seller.done(f"/v1/trades/{other['id']}/closure")
    assert (given_up["state"], given_up["close_reason"], given_up["refunded"]) == ("TRADE_CLOSED", "seller", TOTAL)
    await shop.after(days=7)
    closed = await shop.read(trade)
    assert (closed["state"], closed["close_reason"], closed["refunded"]) == ("TRADE_CLOSED", "not_shipped", TOTAL)
    assert await shop.balances() == (0, 0)


async def test_the_buyer_is_silent_after_shipping(shop: Shop) -> None:
    trade = await shop.shipped()
    await shop.after(days=9, hours=23)
    assert (await shop.read(trade))["held"] == TOTAL
    await shop.after(hours=1)
    assert (await shop.read(trade))["state"] == "TRADE_FINISHED"
    assert await shop.balances() == (TOTAL, TOTAL)


async def test_the_seller_is_silent_on_a_refund(shop: Shop) -> None:
    trade = await shop.shipped()
    refund = await shop.ask_refund(trade, items=[{"number": 1, "amount": 4_000}], return_goods=True)
    asked = await shop.read(trade)
    assert (asked["refund"], asked["due_at"]) == (refund, refund["due_at"])
    await shop.after(days=5)
    ended = await shop.buyer.get(f"/v1/trade-refunds/{refund['id']}")
    assert (ended["state"], ended["outcome"], ended["buyer_amount"]) == ("REFUND_SUCCESS", "seller_silent", 4_000)
    assert await shop.balances() == (TOTAL - 4_000, 0)
    assert (await shop.read(trade))["refund"] is None
    await shop.after(days=10)
    assert (await shop.read(trade))["state"] == "TRADE_FINISHED"
    assert await shop.balances() == (TOTAL - 4_000, TOTAL - 4_000)


async def test_a_refund_agreed_with_the_goods_returned(shop: Shop) -> None:
    trade = await shop.shipped()
    refund = await shop.ask_refund(trade, return_goods=True)
    assert (await shop.answer(shop.seller, refund, "agreement"))["state"] == "WAIT_BUYER_RETURN_GOODS"
    back = await shop.answer(shop.buyer, refund, "return", carrier="SF", tracking_number="SF2")
    assert (back["state"], back["return_tracking_number"]) == ("WAIT_SELLER_CONFIRM_RETURN", "SF2")
    assert await shop.balances() == (TOTAL, 0)
    ended = await shop.answer(shop.seller, refund, "return-confirmation")
    assert (ended["state"], ended["buyer_amount"]) == ("REFUND_SUCCESS", TOTAL)
    closed = await shop.read(trade)
    assert (closed["state"], closed["close_reason"]) == ("TRADE_CLOSED", "refunded")
    assert await shop.balances() == (0, 0)


async def test_goods_that_are_not_returned_close_the_refund_and_those_not_looked_at_pay_it(shop: Shop) -> None:
    trade = await shop.shipped()
    first = await shop.ask_refund(trade, return_goods=True)
    await shop.answer(shop.seller, first, "agreement")
    await shop.after(days=7)
    assert (await shop.buyer.get(f"/v1/trade-refunds/{first['id']}"))["outcome"] == "not_returned"
    second = await shop.ask_refund(trade, items=[{"number": 2}], return_goods=True)
    await shop.answer(shop.seller, second, "agreement")
    await shop.answer(shop.buyer, second, "return", carrier="SF", tracking_number="SF2")
    await shop.after(days=10)
    assert (await shop.buyer.get(f"/v1/trade-refunds/{second['id']}"))["outcome"] == "return_unanswered"
    listed = (await shop.seller.get(f"/v1/trades/{trade['id']}/refunds"))["items"]
    assert [one["id"] for one in listed] == [second["id"], first["id"]]
    assert await shop.balances() == (TOTAL - 5_000, 0)


async def test_refused_then_put_before_an_arbiter_who_splits(shop: Shop) -> None:
    trade = await shop.shipped()
    refund = await shop.ask_refund(trade, items=[{"number": 1, "amount": 9_999}, {"number": 0}])
    await shop.answer(shop.seller, refund, "refusal", reason="it was whole", proposal={"amount": 1_000})
    evidence = f"/v1/trade-refunds/{refund['id']}/evidence"
    await shop.buyer.done(evidence, {"text": "broken on arrival", "file": PICTURE})
    disputed = await shop.answer(shop.buyer, refund, "escalation")
    assert (disputed["state"], disputed["amount"]) == ("IN_ARBITRATION", 10_999)
    await shop.seller.done(evidence, {"text": "it left us whole"})
    for reader in (shop.buyer, shop.seller, shop.operator):
        given = (await reader.get(evidence))["items"]
        assert [(one["party"], one["file"]) for one in given] == [("buyer", PICTURE), ("seller", None)]
    waiting = (await shop.operator.get("/v1/trade-refunds"))["items"]
    assert [(one["id"], one["due_at"]) for one in waiting] == [(refund["id"], disputed["due_at"])]
    ruling = {"buyer_amount": 6_000, "seller_amount": 4_999, "reason": "both were careless"}
    ended = await shop.answer(shop.operator, refund, "ruling", **ruling)
    assert (ended["state"], ended["outcome"], ended["ruling_reason"]) == (
        "REFUND_SUCCESS",
        "ruled",
        "both were careless",
    )
    assert await shop.balances() == (TOTAL - 6_000, 4_999)
    await shop.buyer.done(f"/v1/trades/{trade['id']}/confirmation", {})
    assert await shop.balances() == (TOTAL - 6_000, TOTAL - 6_000)


async def test_the_proposal_is_taken(shop: Shop) -> None:
    trade = await shop.shipped()
    refund = await shop.ask_refund(trade)
    await shop.answer(shop.seller, refund, "refusal", reason="too much", proposal={"amount": 3_000})
    ended = await shop.answer(shop.buyer, refund, "acceptance")
    assert (ended["state"], ended["asked"], ended["buyer_amount"]) == ("REFUND_SUCCESS", TOTAL, 3_000)
    assert (await shop.read(trade))["held"] == TOTAL - 3_000


async def test_the_ruling_never_comes(shop: Shop) -> None:
    trade = await shop.shipped()
    refund = await shop.ask_refund(trade, items=[{"number": 2}], return_goods=True)
    await shop.answer(shop.seller, refund, "agreement")
    await shop.answer(shop.buyer, refund, "return", carrier="SF", tracking_number="SF2")
    await shop.answer(shop.seller, refund, "return-refusal", reason="an empty box")
    await shop.after(days=15)
    ended = await shop.seller.get(f"/v1/trade-refunds/{refund['id']}")
    assert (ended["outcome"], ended["buyer_amount"], ended["seller_amount"]) == ("default_split", 2_500, 2_500)
    alerts = await shop.events("payments.trade_refund.ruling_overdue.v1")
    assert [one["refund_id"] for one in alerts] == [refund["id"]]
    assert await shop.balances() == (TOTAL - 2_500, 2_500)
    left = await shop.read(trade)
    assert (left["held"], left["state"]) == (TOTAL - 5_000, "WAIT_BUYER_CONFIRM_GOODS")


async def test_a_refund_before_shipping_and_one_taken_back(shop: Shop) -> None:
    trade = await shop.pay(await shop.create())
    first = await shop.ask_refund(trade)
    assert await shop.seller.refused(f"/v1/trades/{trade['id']}/shipment", {}) == (409, "refund_open", None)
    await shop.answer(shop.buyer, first, "withdrawal")
    second = await shop.ask_refund(trade)
    assert second["number"] == 2
    await shop.answer(shop.seller, second, "agreement")
    assert (await shop.read(trade))["state"] == "TRADE_CLOSED"
    assert await shop.balances() == (0, 0)


async def test_lists_and_who_sees_what(shop: Shop) -> None:
    first, second = await shop.pay(await shop.create()), await shop.create("N-2", buyer_id=None)
    refund = await shop.ask_refund(first)
    stranger = shop.somebody(shop.served)
    mine = {"merchant_id": shop.merchant_id}
    newest = [second["id"], first["id"]]
    assert await _listed(shop.seller, **mine) == newest
    assert await _listed(shop.seller, **mine, state="WAIT_BUYER_PAY") == [second["id"]]
    assert await _listed(shop.buyer) == [first["id"]]
    page = await shop.operator.get("/v1/trades", **mine, limit=1)
    assert [page["items"][0]["id"], *await _listed(shop.operator, **mine, after=page["next"])] == newest
    assert (await stranger.get(f"/v1/trades/{second['id']}"))["items"][0]["name"] == "shipping"
    for path, code in (
        (f"/v1/trades/{first['id']}", "unknown_trade"),
        (f"/v1/trades/{first['id']}/refunds", "unknown_trade"),
        (f"/v1/trade-refunds/{refund['id']}", "unknown_refund"),
        (f"/v1/trade-refunds/{refund['id']}/evidence", "unknown_refund"),
        (f"/v1/trades?merchant_id={shop.merchant_id}", "unknown_merchant"),
        ("/v1/trade-refunds", "missing_scope"),
    ):
        answer = await stranger.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403 if code == "missing_scope" else 404, code), path
    ruling = {"buyer_amount": 0, "seller_amount": 0, "reason": "mine"}
    assert (await shop.seller.refused(f"/v1/trade-refunds/{refund['id']}/ruling", ruling))[1] == "missing_scope"


async def _listed(reader: Somebody, **params: Any) -> list[str]:
    return [one["id"] for one in (await reader.get("/v1/trades", **params))["items"]]


async def test_what_is_malformed_is_refused(shop: Shop) -> None:
    trade = await shop.shipped()
    wanted = shop.wanted("N-9")
    cases = [
        (shop.seller, "/v1/trades", wanted | {"items": []}, "items"),
        (shop.seller, "/v1/trades", wanted | {"items": ITEMS * 51}, "items"),
        (shop.seller, "/v1/trades", wanted | {"items": [ITEMS[0] | {"quantity": 0}]}, "items.0.quantity"),
        (shop.seller, "/v1/trades", wanted | {"merchant_trade_number": ""}, "merchant_trade_number"),
        (shop.buyer, f"/v1/trades/{trade['id']}/payments", {"method": "shells", "amount": 1, "currency": "CNY"}, "method"),
        (shop.buyer, f"/v1/trades/{trade['id']}/confirmation", {"items": [0]}, "items.0"),
        (shop.buyer, f"/v1/trades/{trade['id']}/refunds", {"reason": ""}, "reason"),
        (shop.buyer, f"/v1/trades/{trade['id']}/refunds", {"reason": "x", "items": [{"number": 1}, {"number": 1}]}, None),
        (shop.seller, f"/v1/trades/{trade['id']}/prolongation", {"seconds": 59}, "seconds"),
    ]  # fmt: skip
    for who, path, body, field in cases:
        status, code, told = await who.refused(path, body)
        assert (status, code) == (422, "invalid_value"), (path, body)
        assert field is None or told == field


async def test_categories_are_set_by_operators_and_seen_by_all(shop: Shop) -> None:
    general = (await shop.buyer.get("/v1/trade-categories"))["items"][0]
    assert (general["category"], general["confirm_seconds"], general["default_buyer_share"]) == (
        "general",
        864_000,
        5_000,
    )
    times = {name: value for name, value in general.items() if name.endswith("_seconds")}
    body = times | {"confirm_seconds": 3 * 86_400, "default_buyer_share": 10_000, "source": "our own"}
    assert (await shop.buyer.refused("/v1/trade-categories/virtual", body))[1] == "missing_scope"
    made = await shop.operator.done("/v1/trade-categories/virtual", body)
    assert (made["set_by"], made["source"]) == ("stf_tests", "our own")
    assert [one["category"] for one in (await shop.buyer.get("/v1/trade-categories"))["items"]] == [
        "general",
        "virtual",
    ]
    trade = await shop.pay(await shop.create(category="virtual"))
    shipped = await shop.seller.done(f"/v1/trades/{trade['id']}/shipment", {})
    wait = datetime.fromisoformat(shipped["due_at"]) - datetime.fromisoformat(shipped["shipped_at"])
    assert wait.days == 3
