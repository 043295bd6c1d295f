"""Codes of orders and merchants over HTTP: shown, drawn, scanned, paid; and the journey from a QR code to an acknowledged webhook."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis.ids import encode
from clients.ids import new_id
from services.payments.qr_codes.merchant_presented import read_merchant_presented, write_merchant_presented
from services.payments.qr_codes.model import MerchantPresented, Template
from tests.payments.customer import Person, World
from tests.payments.payment_codes.shop import PROFILE, Shop, refused, shown_code
from tests.payments.qr_codes.test_consumer_presented import PUBLISHED as CONSUMER
from tests.payments.qr_codes.test_merchant_presented import PUBLISHED
from tests.payments.webhooks.receiver import receiver

FUNDS = 200_000


@pytest.fixture
async def buyer(world: World) -> Person:
    buyer = world.person()
    await buyer.funded(FUNDS)
    return buyer


@pytest.fixture
async def shop(world: World) -> Shop:
    return await Shop.open(world)


async def code_of(shop: Shop, path: str) -> dict[str, Any]:
    answer = await shop.seller.post(f"/v1/{path}/qr-code")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def scanned(payer: Person, payload: str, amount: int, currency: str = "CNY", key: str | None = None) -> Any:
    return await payer.post("/v1/qr-codes/payments", {"payload": payload, "amount": amount, "currency": currency}, key)


def altered(payload: str, **changes: Any) -> str:
    """With a check sum of its own: anybody can write one."""
    return write_merchant_presented(replace(read_merchant_presented(payload), **changes))


async def test_an_order_s_code_says_what_the_order_asks_and_ends_with_it(
    world: World, buyer: Person, shop: Shop
) -> None:
    order = await shop.order(2_372)
    shown = await code_of(shop, f"orders/{order['id']}")
    assert (shown["order_id"], shown["amount"], shown["expires_at"]) == (order["id"], 2_372, order["due_at"])
    said = read_merchant_presented(shown["payload"])
    assert said.accounts == (("26", Template("cn.sifang", (("01", shop.merchant_id), ("02", order["id"])))),)
    assert (said.amount, said.currency, said.category_code, said.country) == (2_372, "CNY", "5499", "CN")
    assert (said.name, said.city, said.local.name if said.local else None) == ("TEA HOUSE", "HANGZHOU", "茶叶店")
    assert dict(said.additional)["01"] == order["merchant_order_number"]
    parsed = (await buyer.post("/v1/qr-codes/parse", {"payload": shown["payload"]})).json()
    assert parsed == {
        "kind": "merchant_presented", "initiation": "dynamic", "name": "TEA HOUSE", "local_name": "茶叶店", "city": "HANGZHOU",
        "amount": 2_372, "currency": "CNY", "merchant_id": shop.merchant_id, "order_id": order["id"], "payable": True,
        "expires_at": order["due_at"], "token": None,
    }  # fmt: skip
    paid = await scanned(buyer, shown["payload"], 2_372, key="scan-1")
    assert (paid.status_code, paid.json()["state"], paid.json()["id"]) == (201, "TRADE_SUCCESS", order["id"])
    assert (await scanned(buyer, shown["payload"], 2_372, key="scan-1")).json() == paid.json()
    assert refused(await scanned(buyer, shown["payload"], 2_372))[:2] == (409, "order_already_paid")
    assert await buyer.balance() == (FUNDS - 2_372, FUNDS - 2_372)
    assert (await buyer.post("/v1/qr-codes/parse", {"payload": shown["payload"]})).json()["payable"] is False
    assert refused(await shop.seller.post(f"/v1/orders/{order['id']}/qr-code"))[:2] == (409, "qr_code_over")
    late = await shop.order(timeout_seconds=60)
    payload = (await code_of(shop, f"orders/{late['id']}"))["payload"]
    await world.move_clock(timedelta(seconds=61))
    assert refused(await shop.seller.post(f"/v1/orders/{late['id']}/qr-code"))[:2] == (409, "qr_code_over")
    assert refused(await scanned(buyer, payload, 30_000))[:2] == (409, "order_closed")


async def test_a_merchant_s_own_code_takes_the_amount_that_is_typed(buyer: Person, shop: Shop) -> None:
    shown = await code_of(shop, f"merchants/{shop.merchant_id}")
    assert (shown["order_id"], shown["amount"], shown["expires_at"]) == (None, None, None)
    parsed = (await buyer.post("/v1/qr-codes/parse", {"payload": shown["payload"]})).json()
    assert (parsed["initiation"], parsed["amount"], parsed["merchant_id"]) == ("static", None, shop.merchant_id)
    for amount in (700, 800):
        paid = (await scanned(buyer, shown["payload"], amount)).json()
        assert (paid["state"], paid["amount"], paid["buyer_id"]) == ("TRADE_SUCCESS", amount, buyer.id)
    assert await buyer.balance() == (FUNDS - 1_500, FUNDS - 1_500)
    assert refused(await scanned(buyer, shown["payload"], FUNDS))[:2] == (409, "insufficient_funds")
    listed = await shop.seller.get("/v1/orders", merchant_id=shop.merchant_id)
    assert len(listed["items"]) == 2, "an order that was not paid leaves nothing behind"


async def test_a_code_that_says_something_else_than_its_order_is_refused(
    world: World, buyer: Person, shop: Shop
) -> None:
    """The check sum finds a misreading, not a forgery."""
    order, other = await shop.order(1_000), await Shop.open(world, "书店")
    payload = (await code_of(shop, f"orders/{order['id']}"))["payload"]
    said = read_merchant_presented(payload)

    def naming(merchant_id: str, order_id: str | None) -> str:
        fields = (("01", merchant_id), *((("02", order_id),) if order_id else ()))
        return altered(payload, accounts=(("26", Template("cn.sifang", fields)),))

    for forged, code, field in (
        (altered(payload, amount=999), "qr_code_differs", "54"),
        (altered(payload, amount=None), "qr_code_differs", "54"),
        (altered(payload, currency="USD"), "qr_code_differs", "26"),
        (naming(other.merchant_id, order["id"]), "qr_code_differs", "26"),
        (payload[:-1] + ("0" if payload[-1] != "0" else "1"), "qr_code_crc_wrong", "63"),
        (payload.replace("10.00", "90.00"), "qr_code_crc_wrong", "63"),
    ):
        for answer in (
            await scanned(buyer, forged, 1_000),
            await buyer.post("/v1/qr-codes/parse", {"payload": forged}),
        ):
            assert (answer.json()["code"], answer.json()["field"]) == (code, field)
    for foreign in (
        naming(encode("mer", new_id()), None),
        naming(shop.merchant_id, encode("ord", new_id())),
        naming("mer_x", None),
        naming(shop.merchant_id, "ord_x"),
        altered(payload, accounts=(("26", Template("cn.other", (("01", shop.merchant_id),))),)),
        PUBLISHED,
    ):
        assert refused(await scanned(buyer, foreign, 1_000)) == (422, "qr_code_foreign", "26")
    static = (await code_of(shop, f"merchants/{shop.merchant_id}"))["payload"]
    assert refused(await scanned(buyer, altered(static, currency="USD"), 5)) == (409, "qr_code_differs", "53")
    assert refused(await scanned(buyer, static, 5, "USD")) == (409, "qr_code_differs", "53")
    assert refused(await scanned(buyer, payload, 999))[:2] == (409, "amount_differs")
    assert isinstance(said, MerchantPresented)
    assert await buyer.balance() == (FUNDS, FUNDS)


async def test_other_networks_codes_are_read_but_neither_paid_nor_charged(buyer: Person) -> None:
    parsed = (await buyer.post("/v1/qr-codes/parse", {"payload": PUBLISHED})).json()
    assert (parsed["name"], parsed["local_name"], parsed["amount"], parsed["merchant_id"]) == (
        "BEST TRANSPORT",
        "最佳运输",
        2_372,
        None,
    )
    assert refused(await buyer.post("/v1/qr-codes/parse", {"payload": CONSUMER})) == (422, "qr_code_foreign", "61")
    assert refused(await scanned(buyer, (await shown_code(buyer))["payload"], 5)) == (422, "qr_code_malformed", "00")
    assert refused(await buyer.post("/v1/qr-codes/parse", {"payload": ""}))[1] == "invalid_value"
    assert refused(await buyer.post("/v1/qr-codes/parse", {"payload": "0" * 513}))[1] == "invalid_value"


async def test_a_code_is_drawn(shop: Shop) -> None:
    order = await shop.order()
    for path in (f"/v1/orders/{order['id']}/qr-code", f"/v1/merchants/{shop.merchant_id}/qr-code"):
        svg, png = await shop.seller.http.get(f"{path}.svg"), await shop.seller.http.get(f"{path}.png")
        assert (svg.status_code, svg.headers["content-type"]) == (200, "image/svg+xml")
        assert ElementTree.fromstring(svg.content).tag.endswith("svg")
        assert (png.status_code, png.headers["content-type"], png.content[:8]) == (
            200,
            "image/png",
            b"\x89PNG\r\n\x1a\n",
        )
        assert (await shop.seller.http.get(f"{path}.gif")).status_code == 422


async def test_only_the_merchant_s_owner_shows_its_codes(world: World, shop: Shop) -> None:
    order, stranger = await shop.order(), world.person()
    for path in (f"orders/{order['id']}", f"orders/{encode('ord', new_id())}"):
        assert refused(await stranger.post(f"/v1/{path}/qr-code"))[:2] == (404, "unknown_order")
        assert refused(await stranger.http.get(f"/v1/{path}/qr-code.svg"))[:2] == (404, "unknown_order")
    for path in (f"merchants/{shop.merchant_id}", f"merchants/{encode('mer', new_id())}"):
        assert refused(await stranger.post(f"/v1/{path}/qr-code"))[:2] == (404, "unknown_merchant")
        assert refused(await stranger.http.get(f"/v1/{path}/qr-code.png"))[:2] == (404, "unknown_merchant")
        assert refused(await stranger.http.get(f"/v1/{path}/qr-profile"))[:2] == (404, "unknown_merchant")
    assert refused(await shop.profile(PROFILE, by=stranger))[:2] == (404, "unknown_merchant")


async def test_what_codes_show_is_said_by_the_merchant(world: World, shop: Shop) -> None:
    kept = await shop.seller.get(f"/v1/merchants/{shop.merchant_id}/qr-profile")
    assert (kept["latin_name"], kept["country"], kept["postal_code"]) == ("TEA HOUSE", "CN", None)
    changed = await shop.profile(PROFILE | {"city": "SHANGHAI", "postal_code": "200000"})
    assert changed.status_code == 200
    said = read_merchant_presented((await code_of(shop, f"merchants/{shop.merchant_id}"))["payload"])
    assert (said.city, said.postal_code) == ("SHANGHAI", "200000")
    for wrong, field in (
        ({"category_code": "54"}, "category_code"),
        ({"latin_name": "茶"}, "latin_name"),
        ({"latin_name": "x" * 26}, "latin_name"),
        ({"city": "x" * 16}, "city"),
        ({"country": "cn"}, "country"),
        ({"postal_code": "1" * 11}, "postal_code"),
    ):
        assert refused(await shop.profile(PROFILE | wrong)) == (422, "invalid_value", field)
    seller = world.person()
    merchant = (await seller.post("/v1/merchants", {"name": "Anna", "currency": "CNY"})).json()["id"]
    assert refused(await seller.post(f"/v1/merchants/{merchant}/qr-code")) == (404, "unknown_qr_profile", "merchant_id")
    assert refused(await seller.http.get(f"/v1/merchants/{merchant}/qr-profile"))[1] == "unknown_qr_profile"


async def test_the_journey_from_a_code_to_an_acknowledged_webhook(world: World, buyer: Person, shop: Shop) -> None:
    """Row 3: a code is shown, scanned and paid, another is charged; the merchant is told of both until it acknowledges; all is audited."""
    async with receiver() as here:
        here.statuses = [500, 200]
        registered = await shop.seller.post(
            "/v1/webhooks/endpoints", {"url": here.url, "types": ["payments.order.paid.v1"]}
        )
        secret, endpoint_id = registered.json()["secret"], registered.json()["endpoint"]["id"]
        first = await shop.order(1_000)
        shown = (await code_of(shop, f"orders/{first['id']}"))["payload"]
        assert (await scanned(buyer, shown, 1_000)).status_code == 201
        await here.until(1)
        second = await shop.order(2_000)
        assert (await shop.charge((await shown_code(buyer))["token"], second["id"])).status_code == 201
        await here.until(2)
        failed = await _delivery_of(shop.seller, endpoint_id, here.heard[0].id)
        assert (await shop.seller.post(f"/v1/webhooks/deliveries/{failed}/replay")).status_code == 200
        heard = await here.until(3)
        await shop.seller.until(f"/v1/webhooks/deliveries/{failed}", "acknowledged")
    assert {one.verified(secret)["subject"] for one in heard} == {first["id"], second["id"]}
    of_the_first = [one for one in heard if one.id == heard[0].id]
    assert len(of_the_first) >= 2
    assert len({one.body for one in of_the_first}) == 1
    assert await buyer.balance() == (FUNDS - 3_000, FUNDS - 3_000)
    report = (await world.payments.client().get("/v1/verification")).json()
    assert report["holds"], [check for check in report["checks"] if check["failed"]]


async def _delivery_of(seller: Person, endpoint_id: str, message_id: str) -> str:
    listed = await seller.get(f"/v1/webhooks/endpoints/{endpoint_id}/deliveries")
    return str(next(one["id"] for one in listed["items"] if one["message_id"] == message_id))
