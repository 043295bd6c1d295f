"""Backed tokens in customers' hands: of a token circulates what is held for it, whatever is bought, given, spent, refunded, redeemed."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.clock import SUITE_ZONE, business_day
from tests.conftest import Serve
from tests.databases import Databases
from tests.payments.market import Market, Party

CAP, DAILY = 100_000, 50_000


class Shop:
    """A market with a token, Q, and a merchant."""

    def __init__(self, market: Market, unit: dict[str, Any], owner: Party, merchant: dict[str, Any]) -> None:
        self.market, self.unit, self.owner, self.merchant = market, unit, owner, merchant

    @classmethod
    async def open(cls, serve: Serve) -> "Shop":
        market = await Market.open(await serve("payments"))
        unit = await market.operator.post("/v1/units", {"code": "QBC", "kind": "token", "backed_by": "CNY"})
        owner = await market.customer()
        shop = cls(market, unit, owner, await market.merchant(owner))
        await shop.terms()
        return shop

    async def terms(self, **facts: Any) -> dict[str, Any]:
        today = business_day(await self.market.now(), SUITE_ZONE).isoformat()
        body = {
            "valid_from": today, "redeemable": True, "transferable": True, "holding_cap": CAP, "daily_cap": DAILY, "source": "tests",
        }  # fmt: skip
        return await self.market.operator.post("/v1/units/QBC/terms", body | facts)

    async def buyer(self, amount: int, tokens: int = 0) -> Party:
        party = await self.market.customer(amount)
        if tokens:
            await party.post("/v1/token-purchases", {"unit": "QBC", "amount": tokens})
        return party

    async def order(self, amount: int) -> str:
        body = {
            "merchant_id": self.merchant["id"], "merchant_order_number": uuid4().hex, "subject": "茶", "amount": amount, "currency": "CNY",
        }  # fmt: skip
        return str((await self.owner.post("/v1/orders", body))["id"])

    async def refund(self, order_id: str, amount: int) -> dict[str, Any]:
        body = {"merchant_refund_number": uuid4().hex, "amount": amount, "currency": "CNY", "reason": "tests"}
        return await self.owner.post(f"/v1/orders/{order_id}/refunds", body)

    async def tokens(self, party: Party) -> int:
        held = (await party.get("/v1/token-holdings"))["items"]
        return held[0]["balance"] if held else 0

    async def held(self) -> int:
        """For tokens; as much circulates."""
        (told,) = [one for one in (await self.market.book.get("/v1/money-supply"))["items"] if one["unit"] == "QBC"]
        assert told["balanced"]
        assert told["circulating"] == told["backing_held"] == told["issued"] - told["burned"]
        assert told["backing"] == "money_held"
        return int(told["circulating"])


@pytest.fixture
async def shop(serve: Serve) -> Shop:
    return await Shop.open(serve)


async def test_the_journey_of_a_token(shop: Shop, databases: Databases) -> None:
    """Bought, given, spent, refunded in part and whole, redeemed; and the audit sees what is broken afterwards."""
    anna, boris = await shop.buyer(10_000), await shop.buyer(0)
    await anna.http.put("/v1/payment-password", json={"password": "207914"})
    shown = {"subject": anna.wallet["id"], "amount": 6_000, "currency": "CNY", "password": "207914"}
    confirmation = await anna.post("/v1/payment-confirmations", shown)
    wanted = {"unit": "QBC", "amount": 6_000, "confirmation_id": confirmation["id"]}
    bought = await anna.post("/v1/token-purchases", wanted)
    assert (bought["kind"], bought["amount"]) == ("purchase", 6_000)
    assert (await anna.balance(), await shop.tokens(anna), await shop.held()) == ((4_000, 4_000), 6_000, 6_000)
    given = await anna.post("/v1/token-gifts", {"unit": "QBC", "amount": 1_500, "payee_id": boris.id})
    assert (given["counterparty_id"], given["movement_id"]) == (boris.id, None)
    order = await shop.order(1_500)
    paid = await boris.post("/v1/token-payments", {"order_id": order, "unit": "QBC", "amount": 1_500})
    assert (await boris.get(f"/v1/orders/{order}"))["state"] == "TRADE_SUCCESS"
    (part,) = (await boris.get(f"/v1/orders/{order}/payments"))["items"]
    assert (part["method"], part["state"]) == ("token", "paid")
    assert (await shop.held(), await shop.market.balance(shop.merchant["account_id"])) == (4_500, 1_500)
    await shop.refund(order, 400)
    assert (await shop.tokens(boris), await shop.held()) == (400, 4_900)
    await shop.refund(order, 1_100)
    assert (await boris.get(f"/v1/orders/{order}"))["state"] == "TRADE_CLOSED"
    assert (await shop.tokens(boris), await shop.market.balance(shop.merchant["account_id"])) == (1_500, 0)
    await boris.post("/v1/token-redemptions", {"unit": "QBC", "amount": 1_500})
    assert (await boris.balance(), await shop.held()) == ((1_500, 1_500), 4_500)
    kinds = [one["kind"] for one in (await boris.get("/v1/token-deals"))["items"]]
    assert kinds == ["redemption", "payment", "gift"]
    assert (await boris.get(f"/v1/token-deals/{paid['id']}"))["order_id"] == order
    assert (await shop.owner.http.get(f"/v1/token-deals/{paid['id']}")).json()["code"] == "unknown_token_deal"
    assert await shop.market.failed_checks() == []
    broken = """WITH bought AS (UPDATE token_deals SET amount = amount + 1 WHERE kind = 'purchase'),
            parts AS (UPDATE order_payments SET refunded = 1 WHERE method = 'token')
        DELETE FROM token_holdings WHERE customer_id = (SELECT customer_id FROM token_deals WHERE kind = 'gift')"""
    found = await shop.market.failed_when(databases.admin_url, broken)
    assert {
        "token_deals_have_their_transfers",
        "token_payments_are_refunded_in_tokens",
        "token_holdings_have_their_accounts",
    } <= set(found)
    found = await shop.market.failed_when(databases.admin_url, "DELETE FROM token_deals WHERE kind = 'payment'")
    assert "parts_by_token_are_deals" in found


async def test_what_tokens_refuse(shop: Shop) -> None:
    """A stable code each, and nothing changed."""
    anna, boris = await shop.buyer(90_000, 1_000), await shop.buyer(0)
    stranger = await shop.market.customer(None)
    order = await shop.order(5_000)
    today = (await shop.market.now()).date()
    before = (await anna.balance(), await shop.tokens(anna), await shop.held())
    wanted: dict[str, Any] = {"unit": "QBC", "amount": 5_000}
    gift = wanted | {"payee_id": boris.id}
    for path, body, refusal in (
        ("token-purchases", wanted | {"unit": "XYZ"}, (404, "unknown_unit", "unit")),
        ("token-purchases", wanted | {"amount": 0}, (422, "invalid_value", "amount")),
        ("token-purchases", wanted | {"amount": DAILY}, (409, "daily_cap_exceeded", "amount")),
        ("token-redemptions", wanted, (409, "insufficient_funds", "amount")),
        ("token-gifts", gift, (409, "insufficient_funds", "amount")),
        ("token-gifts", gift | {"payee_id": anna.id}, (422, "gift_to_oneself", "payee_id")),
        ("token-gifts", gift | {"payee_id": stranger.id}, (404, "unknown_payee", "payee_id")),
        ("token-payments", wanted | {"order_id": order}, (409, "insufficient_funds", "amount")),
        ("token-payments", wanted | {"order_id": order, "amount": 500}, (409, "amount_differs", "amount")),
    ):
        answer = await anna.refused(f"/v1/{path}", body)
        assert (answer[:2] if path == "token-payments" else answer) == (
            refusal[:2] if path == "token-payments" else refusal
        ), path
    assert await stranger.refused("/v1/token-purchases", wanted) == (404, "unknown_wallet", "currency")
    assert await boris.refused("/v1/token-purchases", wanted) == (409, "insufficient_funds", "amount")
    yesterday = {"valid_from": (today - timedelta(days=2)).isoformat()}
    terms = {"redeemable": True, "transferable": True, "holding_cap": 1, "daily_cap": 1, "source": "tests"}
    operator = shop.market.operator
    assert await operator.refused("/v1/units/QBC/terms", terms | yesterday) == (422, "terms_in_past", "valid_from")
    await shop.terms(redeemable=False, transferable=False, holding_cap=4_000)
    assert await anna.refused("/v1/token-redemptions", wanted) == (409, "not_redeemable", "unit")
    assert await anna.refused("/v1/token-gifts", gift) == (409, "not_transferable", "unit")
    assert await anna.refused("/v1/token-purchases", wanted) == (409, "holding_cap_exceeded", "amount")
    assert (await anna.balance(), await shop.tokens(anna), await shop.held()) == before
    await operator.post("/v1/units", {"code": "GFT", "kind": "token", "backed_by": "CNY"})
    assert await anna.refused("/v1/token-purchases", wanted | {"unit": "GFT"}) == (409, "token_not_offered", "unit")
    coin = {"code": "DGC", "kind": "coin", "schedule": {"subsidy": 5, "halving_blocks": 5}}
    await operator.post("/v1/units", coin)
    assert await anna.refused("/v1/token-purchases", wanted | {"unit": "DGC"}) == (422, "no_token", "unit")
    assert (await anna.http.post("/v1/units/QBC/terms", json=terms)).status_code == 403
    assert len((await anna.get("/v1/units/QBC/terms"))["items"]) == 2


async def test_purchases_count_to_what_she_may_pay(shop: Shop) -> None:
    """Without a second factor 1,000.00 a day; what is redeemed gives no room back, what is spent takes none."""
    await shop.terms(holding_cap=10**9, daily_cap=10**9)
    anna = await shop.buyer(500_000)
    await shop.market.prove(anna, "王小明")
    await anna.post("/v1/token-purchases", {"unit": "QBC", "amount": 60_000})
    await anna.post("/v1/token-redemptions", {"unit": "QBC", "amount": 60_000})
    refused = await anna.refused("/v1/token-purchases", {"unit": "QBC", "amount": 60_000})
    assert refused == (409, "daily_limit_exceeded", "amount")
    await anna.post("/v1/token-purchases", {"unit": "QBC", "amount": 40_000})
    order = await shop.order(40_000)
    await anna.post("/v1/token-payments", {"order_id": order, "unit": "QBC", "amount": 40_000})
    assert await shop.market.failed_checks() == []


async def test_many_at_once_spend_no_token_twice(shop: Shop) -> None:
    """Twenty payments of one balance that bears ten; purchases up to the daily cap exactly; one order paid once."""
    anna = await shop.buyer(60_000, 1_000)
    orders = await asyncio.gather(*(shop.order(100) for _ in range(20)))
    answers = await asyncio.gather(
        *(anna.ask("/v1/token-payments", {"order_id": one, "unit": "QBC", "amount": 100}) for one in orders)
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 10
    assert (await shop.tokens(anna), await shop.held()) == (0, 0)
    buying = [anna.ask("/v1/token-purchases", {"unit": "QBC", "amount": 10_000}) for _ in range(6)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*buying)) == [201] * 4 + [409] * 2
    order = await shop.order(500)
    body = {"order_id": order, "unit": "QBC", "amount": 500}
    paying = await asyncio.gather(*(anna.ask("/v1/token-payments", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in paying) == [201] + [409] * 4
    assert await shop.held() == 40_000 - 500
    assert await shop.market.failed_checks() == []


async def test_whatever_is_done_circulates_what_is_held(shop: Shop) -> None:
    """Random deals of three customers against a model that adds up; the order of a refund's sources does not matter to the tokens."""
    seeded = random.Random(11)
    parties = [await shop.buyer(200_000) for _ in range(3)]
    tokens = dict.fromkeys((one.id for one in parties), 0)
    unrefunded: list[tuple[str, str, int]] = []
    for _ in range(18):
        party = seeded.choice(parties)
        amount = seeded.randrange(1, 900)
        step = seeded.choice(("purchases", "purchases", "redemptions", "gifts", "payments", "refund"))
        body: dict[str, Any] = {"unit": "QBC", "amount": amount}
        if step == "refund":
            if unrefunded:
                order, owner, left = unrefunded.pop(seeded.randrange(len(unrefunded)))
                back = seeded.randrange(1, left + 1)
                await shop.refund(order, back)
                tokens[owner] += back
                if back < left:
                    unrefunded.append((order, owner, left - back))
            continue
        other = seeded.choice([one for one in parties if one is not party])
        body |= {"payee_id": other.id} if step == "gifts" else {}
        body |= {"order_id": await shop.order(amount)} if step == "payments" else {}
        answer = await party.ask(f"/v1/token-{step}", body)
        enough = step == "purchases" or tokens[party.id] >= amount
        assert answer.status_code == (201 if enough else 409), answer.text
        if enough:
            tokens[party.id] += amount if step == "purchases" else -amount
            tokens[other.id] += amount if step == "gifts" else 0
        if enough and step == "payments":
            unrefunded.append((body["order_id"], party.id, amount))
    assert [await shop.tokens(one) for one in parties] == [tokens[one.id] for one in parties]
    assert await shop.held() == sum(tokens.values())
    assert await shop.market.failed_checks() == []


async def test_tokens_pay_what_a_held_part_has_left(shop: Shop) -> None:
    """In an order of two parts, and back to each: the refund goes to the parts in their order."""
    anna = await shop.buyer(10_000, 2_000)
    order = await shop.order(3_000)
    part = {"method": "wallet", "amount": 1_000, "currency": "CNY", "partial": True}
    await anna.post(f"/v1/orders/{order}/payments", part)
    await anna.post("/v1/token-payments", {"order_id": order, "unit": "QBC", "amount": 2_000})
    assert (await shop.held(), await shop.market.balance(shop.merchant["account_id"])) == (0, 3_000)
    await shop.refund(order, 1_200)
    assert (await anna.balance(), await shop.tokens(anna)) == ((8_000, 8_000), 200)
    assert await shop.market.failed_checks() == []


async def test_a_trade_paid_in_tokens_gives_tokens_back(shop: Shop) -> None:
    """Its escrow account gets the money held for them; what the buyer is refunded is set aside again."""
    anna = await shop.buyer(10_000, 3_000)
    wanted = {
        "merchant_id": shop.merchant["id"], "merchant_trade_number": "T-1", "subject": "茶", "currency": "CNY", "buyer_id": anna.id,
        "items": [{"name": "tea", "quantity": 1, "unit_price": 3_000}],
    }  # fmt: skip
    trade = await shop.owner.post("/v1/trades", wanted)
    await anna.post("/v1/token-payments", {"order_id": trade["order_id"], "unit": "QBC", "amount": 3_000})
    assert (await anna.get(f"/v1/trades/{trade['id']}"))["state"] == "WAIT_SELLER_SEND_GOODS"
    assert (await shop.held(), await shop.tokens(anna)) == (0, 0)
    refund = await anna.post(f"/v1/trades/{trade['id']}/refunds", {"reason": "broken"})
    await shop.owner.post(f"/v1/trade-refunds/{refund['id']}/agreement")
    assert (await shop.held(), await shop.tokens(anna)) == (3_000, 3_000)
    assert await shop.market.failed_checks() == []
