"""An order's own address (`notify_url`): told what becomes of the order, by whatever way it was made and paid."""

from typing import Any
from uuid import uuid4

from tests.payments.market import Market, Party
from tests.payments.webhooks.receiver import Receiver
from tests.payments.webhooks.stage import Stage

CNY = {"currency": "CNY"}
NOTHING = {"types": ["payments.wallet.none"]}


async def ordered(owner: Party, merchant: dict[str, Any], url: str, **more: Any) -> str:
    body = {"merchant_id": merchant["id"], "merchant_order_number": uuid4().hex, "subject": "tea", "amount": 30_000}
    return str((await owner.post("/v1/orders", body | CNY | {"notify_url": url} | more))["id"])


async def listening(owner: Party, here: Receiver) -> tuple[str, str]:
    """An endpoint that is told nothing by itself: its id and its secret."""
    made = await owner.post("/v1/webhooks/endpoints", {"url": f"{here.url}/hook"} | NOTHING)
    return made["endpoint"]["id"], made["secret"]


async def test_it_is_told_what_becomes_of_its_order_and_nothing_else(stage: Stage, here: Receiver) -> None:
    market = await Market.open(stage.served)
    owner, buyer = await market.customer(0), await market.customer(100_000)
    merchant = await market.merchant(owner)
    endpoint_id, secret = await listening(owner, here)
    quick, slow, silent = [await ordered(owner, merchant, f"{here.url}/{name}") for name in ("quick", "slow", "silent")]
    # By the lane, and by the route that explains.
    for order, more in ((quick, {}), (slow, {"partial": False})):
        await buyer.post(f"/v1/orders/{order}/payments", {"method": "wallet", "amount": 30_000} | CNY | more)
    for number, part in (("R1", 10_000), ("R2", 20_000)):
        refund = {"merchant_refund_number": number, "amount": part, "reason": "sent back"} | CNY
        await owner.post(f"/v1/orders/{quick}/refunds", refund)
    await owner.post(f"/v1/orders/{silent}/closure")
    heard = await here.until(6)
    told = sorted((one.path, one.verified(secret)["type"].split(".", 1)[1]) for one in heard)
    assert told == [
        ("/quick", "order.closed.v1"),
        ("/quick", "order.paid.v1"),
        ("/quick", "refund.succeeded.v1"),
        ("/quick", "refund.succeeded.v1"),
        ("/silent", "order.closed.v1"),
        ("/slow", "order.paid.v1"),
    ]
    await stage.settled()
    found = (await owner.get(f"/v1/webhooks/endpoints/{endpoint_id}/deliveries"))["items"]
    assert sorted(one["url"].removeprefix(here.url) for one in found) == [path for path, _ in told]
    assert await market.failed_checks() == []


async def test_without_an_active_endpoint_it_is_a_dead_letter_that_is_replayed(stage: Stage, here: Receiver) -> None:
    market = await Market.open(stage.served)
    owner = await market.customer(0)
    merchant = await market.merchant(owner)
    endpoint_id, _ = await listening(owner, here)
    order = await ordered(owner, merchant, f"{here.url}/order")
    await owner.post(f"/v1/webhooks/endpoints/{endpoint_id}/disabling")
    await owner.post(f"/v1/orders/{order}/closure")
    await stage.settled()
    (dead,) = (await owner.get(f"/v1/webhooks/endpoints/{endpoint_id}/deliveries"))["items"]
    assert (dead["state"], dead["url"], here.heard) == ("dead", f"{here.url}/order", [])
    await owner.post(f"/v1/webhooks/endpoints/{endpoint_id}/enabling")
    await owner.post(f"/v1/webhooks/deliveries/{dead['id']}/replay")
    (heard,) = await here.until(1)
    assert heard.path == "/order"


async def test_refusals(stage: Stage, here: Receiver) -> None:
    """The lane leaves them to the route."""
    market = await Market.open(stage.served)
    owner = await market.customer(0)
    merchant = await market.merchant(owner)
    body = {"merchant_id": merchant["id"], "merchant_order_number": "A1", "subject": "tea", "amount": 1} | CNY
    address = {"notify_url": f"{here.url}/order"}
    assert await owner.refused("/v1/orders", body | address) == (409, "no_webhook_endpoint", "notify_url")
    await listening(owner, here)
    for url in ("ftp://shop.example/", "https://user@shop.example/", "shop.example"):
        refused = await owner.refused("/v1/orders", body | {"notify_url": url})
        assert refused == (422, "webhook_address_not_allowed", "notify_url")
    assert (await owner.ask("/v1/orders", body | {"notify_url": f"https://{'a' * 3_000}.example"})).status_code == 422
    assert (await owner.post("/v1/orders", body | address))["state"] == "WAIT_BUYER_PAY"
