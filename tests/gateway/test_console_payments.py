"""The console's payments pages before real payments: what waits, lists, records, what is done to them, and who may not."""

import re
from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

from chassis.clock import business_day
from chassis.database import Tx
from chassis.identity import Caller, service_caller
from chassis.ids import encode
from gateway.console.payments.nouns import LISTS, MATTERS, RECORDS
from gateway.identities.actions import hire
from gateway.identities.model import Role
from gateway.identities.rules import read_contact
from services.payments.merchants.actions import open_merchant
from tests.gateway.conftest import ServeGateway
from tests.gateway.console_pages import PAGES, gateway, market, signed_in
from tests.gateway.people import visitor
from tests.payments.market import Market, Party
from tests.serving import Served

__all__ = ["gateway", "market"]

PRICE = 6_600
RISK = "risk@sifang.example"


async def disputed(market: Market, seller: Party, merchant: dict[str, Any], buyer: Party) -> dict[str, Any]:
    """A refund of a trade that waits for an arbiter."""
    body = {
        "merchant_id": merchant["id"],
        "merchant_trade_number": uuid4().hex,
        "subject": "丝巾 <b>",
        "currency": "CNY",
    }
    items = [{"name": "丝巾", "quantity": 1, "unit_price": PRICE}]
    trade = await seller.post("/v1/trades", body | {"items": items})
    await buyer.post(f"/v1/trades/{trade['id']}/payments", {"method": "wallet", "amount": PRICE, "currency": "CNY"})
    await seller.post(f"/v1/trades/{trade['id']}/shipment", {"carrier": "SF", "tracking_number": "SF1"})
    refund = await buyer.post(f"/v1/trades/{trade['id']}/refunds", {"reason": "broken", "return_goods": False})
    await seller.post(f"/v1/trade-refunds/{refund['id']}/refusal", {"reason": "it was whole"})
    await buyer.post(f"/v1/trade-refunds/{refund['id']}/escalation")
    await buyer.post(f"/v1/trade-refunds/{refund['id']}/evidence", {"text": "three photographs"})
    return refund


async def test_an_operator_rules_on_a_trade_in_dispute(market: Market, gateway: Served) -> None:
    """From the desk to the ruling; what was not confirmed, or does not add up, changes nothing. The books hold after it."""
    seller, buyer = await market.customer(), await market.customer(PRICE)
    merchant = await market.merchant(seller)
    refund = await disputed(market, seller, merchant, buyer)
    record = str(refund["id"])
    async with signed_in(gateway) as console:
        assert re.search(r'data-matter="trade_disputes".*?card-value">1<', await console.page(""), re.S)
        assert f"{PAGES}/records/{record}" in await console.page("/matters/trade_disputes")

        page = await console.page(f"/records/{record}?lang=en")
        for words in ("in arbitration", "CN¥66.00", "three photographs", "it was whole", "To the buyer (CNY)"):
            assert words in page
        page = await console.page(f"/records/{record}?lang=zh")
        for words in ("仲裁中", "¥66.00", "证据", "判给买家 (CNY)", "我已核对该记录并确认执行"):
            assert words in page

        split = {"buyer_amount": "44.00", "seller_amount": "22", "reason": "as the photographs show"}
        for typed, code in (
            (split, "not_confirmed"),
            (split | {"sure": "yes", "buyer_amount": "44.005"}, "not_filled_in"),
            (split | {"sure": "yes", "reason": " "}, "not_filled_in"),
            (split | {"sure": "yes", "seller_amount": "21.00"}, "split_differs"),
        ):
            refused = await console.act(record, "ruling", **typed)
            assert (400 <= refused.status_code < 500, f"<code>{code}</code>" in refused.text) == (True, True), (
                refused.text
            )
            assert 'value="22"' in refused.text or 'value="21.00"' in refused.text, "what was typed is still there"
        forged = await console.client.post(
            f"{PAGES}/records/{record}/actions/ruling", data=split | {"sure": "yes", "key": "k"}
        )
        assert forged.status_code == 403
        assert await market.balance(merchant["account_id"]) == 0

        page = await console.page(f"/records/{record}")
        hidden = dict(re.findall(r'name="(form_token|key)" value="([^"]+)"', page))
        for _ in range(2):  # sent twice it is done once
            done = await console.client.post(
                f"{PAGES}/records/{record}/actions/ruling", data=hidden | split | {"sure": "yes"}
            )
            assert (done.status_code, done.headers["location"]) == (303, f"{PAGES}/records/{record}?done=ruling")
        page = await console.page(f"/records/{record}?done=ruling&lang=en")
        assert "Done: Rule." in page
        assert "/actions/ruling" not in page
        assert "<b>" not in await console.page(f"/records/{refund['trade_id']}")
    assert await market.balance(merchant["account_id"]) == 2_200
    assert await buyer.balance() == (4_400, 4_400)
    assert await market.failed_checks() == []


async def test_every_list_and_the_pages_of_a_merchant(market: Market, gateway: Served) -> None:
    seller = await market.customer()
    merchant = await market.merchant(seller, 1_234_56)
    order = await seller.post(
        "/v1/orders",
        {
            "merchant_id": merchant["id"],
            "merchant_order_number": "A-1",
            "subject": "tea",
            "amount": 500,
            "currency": "CNY",
        },
    )
    yesterday = business_day(await market.now()) - timedelta(days=1)
    async with signed_in(gateway) as console:
        paths = [*(f"/matters/{one}" for one in MATTERS), *(f"/lists/{one.code}" for one in LISTS)]
        for path, (lang, said) in zip(paths, cycle({"zh": "zh-CN", "en": "en"}.items()), strict=False):
            assert f'lang="{said}"' in await console.page(f"{path}?lang={lang}")
        page = await console.page(f"/records/{merchant['id']}?lang=en")
        assert "CN¥123,456" not in page
        assert "CN¥1,234.56" in page
        for one in RECORDS["mer"].lists:
            page = await console.page(f"/records/{merchant['id']}/lists/{one.code}")
            assert (order["id"] in page) is (one.code == "orders")
        narrowed = f"/records/{merchant['id']}/lists/orders?state="
        assert order["id"] in await console.page(f"{narrowed}WAIT_BUYER_PAY")
        assert order["id"] not in await console.page(f"{narrowed}TRADE_SUCCESS")
        for named in (order["id"], seller.id, merchant["account_id"], seller.wallet["id"]):
            found = await console.client.get(f"{PAGES}/find", params={"id": f" {named} "})
            assert (found.status_code, found.headers["location"]) == (303, f"{PAGES}/records/{named}")
            await console.page(f"/records/{named}")
        files = f"/records/{merchant['id']}/files"
        bill = await console.client.get(f"{PAGES}{files}/funds_bill?day={yesterday}")
        assert (bill.status_code, bill.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        assert bill.headers["content-disposition"] == f'attachment; filename="funds_bill-{yesterday}.csv"'
        today = yesterday + timedelta(days=1)
        assert "<code>bill_not_ready</code>" in await console.page(f"{files}/funds_bill?day={today}", 409)


async def test_what_customers_made_is_on_the_operators_lists(market: Market, gateway: Served) -> None:
    """Everybody's, of every owner."""
    seller, buyer = await market.customer(), await market.customer(1_000)
    merchant = await market.merchant(seller)
    sent = await buyer.post("/v1/person-transfers", {"payee_id": seller.id, "amount": 100, "currency": "CNY"})
    valid_until = (business_day(await market.now()) + timedelta(days=300)).isoformat()
    asked = {
        "customer_id": buyer.id,
        "merchant_id": merchant["id"],
        "currency": "CNY",
        "purpose": "gym",
        "period": "month",
    }
    asked |= {"max_per_debit": 100, "max_per_period": 100, "valid_until": valid_until}
    mandate = await seller.post("/v1/mandates", asked)
    shown = await seller.post("/v1/webhooks/endpoints", {"url": "http://127.0.0.1:9/hook", "types": ["*"]})
    endpoint = re.search(r"whe_\w+", str(shown))
    assert endpoint
    made = {
        "merchants": merchant["id"],
        "person_transfers": sent["id"],
        "mandates": mandate["id"],
        "webhook_endpoints": endpoint[0],
    }
    async with signed_in(gateway) as console:
        for code, record in made.items():
            assert record in await console.page(f"/lists/{code}")
            await console.page(f"/records/{record}")
    for party, path in ((buyer, "/v1/merchants"), (buyer, "/v1/webhooks/endpoints"), (seller, "/v1/mandates")):
        assert (await party.get(path))["items"] == [], "customers have their own alone"


async def test_a_list_goes_on_where_its_page_ends(market: Market, gateway: Served) -> None:
    seller = await market.customer()

    async def opened(tx: Tx, caller: Caller) -> list[str]:
        return [
            encode("mer", (await open_merchant(tx, caller, name="茶叶店", currency="CNY"))[0].id) for _ in range(52)
        ]

    names = await market.perform(opened, seller.caller)
    async with signed_in(gateway) as console:
        first = await console.page("/lists/merchants")
        onward = re.search(r'href="\?(after=[^"]+)"', first)
        assert onward
        second = await console.page(f"/lists/merchants?{onward[1]}")
    shown = [set(re.findall(r"records/(mer_\w+)", page)) for page in (first, second)]
    assert [len(one) for one in shown] == [50, 2]
    assert shown[0] | shown[1] == set(names)


async def test_a_person_is_frozen_and_released(market: Market, gateway: Served) -> None:
    """Each with its reason; the page offers what is next alone."""
    person = await market.customer(1_000)
    await market.prove(person, "Lin Xiao")
    holder = (await market.operator.get(f"/v1/holders/customers/{person.id}"))["holder_id"]
    async with signed_in(gateway) as console:
        frozen = await console.act(holder, "freeze", reason="court order 88", sure="yes")
        assert frozen.status_code == 303
        assert holder in await console.page("/matters/frozen_persons")
        page = await console.page(f"/records/{holder}")
        assert "court order 88" in page
        assert "/actions/freeze" not in page
        assert (await person.refused("/v1/person-transfers", {"payee_id": person.id, "amount": 1, "currency": "CNY"}))[
            0
        ] >= 400
        assert (await console.act(holder, "release", reason="order lifted", sure="yes")).status_code == 303
        assert "/actions/freeze" in await console.page(f"/records/{holder}")
        again = await console.act(holder, "release", reason="order lifted", sure="yes")
        assert "<code>holder_not_frozen</code>" in again.text


async def test_what_is_not_there(market: Market, gateway: Served) -> None:
    gone = "ord_01jdf3q8e7f5bt2m0xk5s8yq4c"
    async with signed_in(gateway) as console:
        for path in (
            f"/records/{gone}", "/records/ord_1", "/records/xyz_01jdf3q8e7f5bt2m0xk5s8yq4c", "/lists/nonsense", "/matters/nonsense",
            "/find?id=nonsense", f"/records/{gone}/lists/orders", f"/records/{gone}/lists/refunds", f"/records/{gone}/files/pain001",
        ):  # fmt: skip
            assert 'role="alert"' in await console.page(path, 404), path
        assert (await console.client.post(f"{PAGES}/records/{gone}/actions/freeze", data={})).status_code == 404
        assert "<code>malformed_cursor</code>" in await console.page("/lists/merchants?after=AAAA", 400)


async def test_only_for_who_operates_payments(market: Market, gateway: Served, operator_hash: str) -> None:
    """Risk reads payments and does not operate it; a stranger reads nothing."""
    person = await market.customer()
    await market.prove(person, "Lin Xiao")
    holder = (await market.operator.get(f"/v1/holders/customers/{person.id}"))["holder_id"]
    contact = read_contact(RISK, None)
    async with gateway.runtime.transaction() as tx:
        await hire(tx, service_caller("gateway"), contact=contact, password_hash=operator_hash, roles=[Role.RISK])
    paths = [
        "",
        "/lists/merchants",
        "/matters/frozen_persons",
        f"/records/{holder}",
        f"/records/{person.id}/lists/accounts",
    ]
    async with visitor(gateway) as client:
        for path in [*paths, "/find", f"/records/{holder}/files/pain001"]:
            answer = await client.get(f"{PAGES}{path}")
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    async with signed_in(gateway, RISK) as console:
        home = (await console.client.get("/console")).text
        assert f'href="{PAGES}"' not in home
        token = re.search(r'name="form_token" value="([0-9a-f]{64})"', home)
        assert token
        for path in paths:
            assert "<code>missing_scope</code>" in await console.page(path, 403)
        tried = {"form_token": token[1], "key": "k", "reason": "r", "sure": "yes"}
        assert (await console.client.post(f"{PAGES}/records/{holder}/actions/freeze", data=tried)).status_code == 403
    assert (await market.operator.get("/v1/desk/frozen_persons"))["items"] == []


async def test_payments_away(serve_gateway: ServeGateway) -> None:
    gateway = await serve_gateway()
    async with signed_in(gateway) as console:
        page = await console.page("?lang=zh", 503)
        assert "<code>service_unavailable</code>" in page
        assert "支付服务暂时无法访问" in page


async def test_every_page_stands_under_the_policy(gateway: Served) -> None:
    async with signed_in(gateway) as console:
        for path in ("", "/lists/merchants", "/records/ord_1"):
            answer = await console.client.get(f"{PAGES}{path}")
            assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", answer.text)
