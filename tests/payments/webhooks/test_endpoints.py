"""Endpoints over HTTP: who may have them and read of them, and what is refused."""

import asyncio
import json

from chassis.clock import real_now
from chassis.ids import encode
from clients.ids import new_id
from services.payments.webhooks.model import MOST_ENDPOINTS
from tests.payments.webhooks.receiver import Receiver
from tests.payments.webhooks.stage import CREATED, Stage, refused


async def test_disabled_enabled_removed(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    endpoint_id, _ = await seller.register(here.url, CREATED)
    path = f"/v1/webhooks/endpoints/{endpoint_id}"
    for _ in range(2):
        off = (await seller.post(f"{path}/disabling")).json()
        assert (off["state"], off["disabled_reason"]) == ("disabled", "owner")
    for _ in range(2):
        assert (await seller.post(f"{path}/enabling")).json()["state"] == "active"
    for _ in range(2):
        assert (await seller.post(f"{path}/removal")).json()["state"] == "removed"
    await seller.order(await seller.merchant())
    await stage.settled()
    assert here.heard == []
    assert await seller.get("/v1/webhooks/endpoints") == {"items": [], "next": None}
    types = {"types": ["*"]}
    for answer in (
        await seller.post(f"{path}/enabling"),
        await seller.post(f"{path}/disabling"),
        await seller.post(f"{path}/secret"),
        await seller.post(f"{path}/tests"),
        await seller.post(f"{path}/replays", {"since": real_now().isoformat()}),
        await seller.http.put(f"{path}/types", json=types, headers={"idempotency-key": "x"}),
    ):
        assert (await refused(answer))[:2] == (409, "webhook_endpoint_removed")
    await seller.register(here.url, CREATED)


async def test_another_s_is_not_found(stage: Stage, here: Receiver) -> None:
    seller, stranger = stage.seller(), stage.seller()
    endpoint_id, _ = await seller.register(here.url, "*")
    delivery = (await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/tests")).json()["id"]
    path = f"/v1/webhooks/endpoints/{endpoint_id}"
    for one in (path, "/v1/webhooks/endpoints/" + encode("whe", new_id())):
        for answer in (
            await stranger.http.get(one),
            await stranger.http.get(f"{one}/deliveries"),
            *[await stranger.post(f"{one}/{what}") for what in ("secret", "disabling", "enabling", "removal", "tests")],
            await stranger.post(f"{one}/replays", {"since": real_now().isoformat()}),
            await stranger.http.put(f"{one}/types", json={"types": ["*"]}, headers={"idempotency-key": one}),
        ):
            assert await refused(answer) == (404, "unknown_webhook_endpoint", "endpoint_id")
    for other in (delivery, encode("whd", new_id())):
        for answer in (
            await stranger.http.get(f"/v1/webhooks/deliveries/{other}"),
            await stranger.post(f"/v1/webhooks/deliveries/{other}/replay"),
            await stranger.post("/v1/webhooks/debug/sign", {"delivery_id": other}),
        ):
            assert (await refused(answer))[:2] == (404, "unknown_webhook_delivery")
    assert (await seller.endpoint(endpoint_id))["state"] == "active"


async def test_operators_read_the_log_and_sign_nothing(stage: Stage, here: Receiver) -> None:
    seller, operator = stage.seller(), stage.served.client()
    endpoint_id, _ = await seller.register(here.url, "*")
    delivery = (await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/tests")).json()["id"]
    for path in (f"endpoints/{endpoint_id}", f"endpoints/{endpoint_id}/deliveries", f"deliveries/{delivery}"):
        assert (await operator.get(f"/v1/webhooks/{path}")).status_code == 200
    signed = await operator.post("/v1/webhooks/debug/sign", json={"delivery_id": delivery})
    assert (await refused(signed))[:2] == (404, "unknown_webhook_delivery")


async def test_what_registering_refuses(stage: Stage) -> None:
    seller = stage.seller()

    async def asked(url: str, *types: str) -> tuple[int, str, str | None]:
        return await refused(await seller.post("/v1/webhooks/endpoints", {"url": url, "types": list(types)}))

    not_allowed = (422, "webhook_address_not_allowed", "url")
    for url in (
        "ftp://shop.example/",
        "https://user:word@shop.example/",
        "https://shop.example/#x",
        "https://",
        "hook",
        "https://a:0/",
    ):
        assert await asked(url, "*") == not_allowed
    for name in (
        "payments.**",
        "*.order",
        "payments..order",
        "Payments.order",
        "a b",
        "payments.*.v1",
        "x" * 100 + ".*",
    ):
        assert (await asked("http://127.0.0.1:9/", "*", name))[1:] in (
            ("malformed_event_types", "types.1"),
            ("invalid_value", "types.1"),
        )
    assert (await asked("http://127.0.0.1:9/"))[1] == "invalid_value"
    assert (await asked("http://127.0.0.1:9/" + "x" * 2048, "*"))[1] == "invalid_value"
    await seller.register("http://127.0.0.1:9/")
    assert await asked("http://127.0.0.1:9/", "*") == (409, "webhook_endpoint_exists", "url")


async def test_a_party_has_so_many_endpoints_and_no_more_however_many_ask_at_once(stage: Stage) -> None:
    seller = stage.seller()
    bodies = [{"url": f"http://127.0.0.1:9/{number}", "types": ["*"]} for number in range(MOST_ENDPOINTS + 5)]
    answers = await asyncio.gather(*(seller.post("/v1/webhooks/endpoints", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] * MOST_ENDPOINTS + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_webhook_endpoints"}
    page = await seller.get("/v1/webhooks/endpoints", limit=15)
    rest = await seller.get("/v1/webhooks/endpoints", limit=15, after=page["next"])
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (15, MOST_ENDPOINTS - 15, None)


async def test_debug_sign_shows_the_exact_text_and_the_first_difference(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    endpoint_id, _ = await seller.register(here.url, CREATED)
    await seller.order(await seller.merchant())
    heard = (await here.until(1))[0]
    (delivery,) = await seller.deliveries(endpoint_id)
    await seller.until(delivery["id"], "acknowledged")
    exact = f"{heard.id}.{heard.headers['webhook-timestamp']}.{heard.body}"
    spaced = f"{heard.id}.{heard.headers['webhook-timestamp']}.{json.dumps(json.loads(heard.body), ensure_ascii=False)}"
    sign = "/v1/webhooks/debug/sign"
    shown = (await seller.post(sign, {"delivery_id": delivery["id"], "theirs": exact})).json()
    assert shown == {
        "signed": exact,
        "signature": heard.headers["webhook-signature"],
        "equal": True,
        "difference": None,
    }
    other = (await seller.post(sign, {"delivery_id": delivery["id"], "theirs": spaced})).json()
    at = exact.index('"specversion":') + len('"specversion":')
    assert (other["equal"], other["difference"]["at"], other["difference"]["ours"][0]) == (False, at, '"')
    assert "white space" in other["difference"]["hint"]
    own = {
        "message_id": "m",
        "timestamp": 5,
        "body": "{}",
        "secret": "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "theirs": "m.5.{}x",
    }
    made = (await seller.post(sign, own)).json()
    assert (made["signed"], made["signature"][:3]) == ("m.5.{}", "v1,")
    assert made["difference"] == {"at": 6, "ours": None, "theirs": "x", "hint": "something follows the end"}
    assert await refused(await seller.post(sign, {"message_id": "m"})) == (422, "nothing_to_sign", "delivery_id")
    malformed = await seller.post(sign, own | {"secret": "whsec_x"})
    assert await refused(malformed) == (422, "malformed_webhook_secret", "secret")


async def test_before_the_first_attempt_debug_sign_asks_for_a_timestamp(stage: Stage) -> None:
    seller = stage.seller()
    endpoint_id, _ = await seller.register("http://127.0.0.1:9/", CREATED)
    await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/disabling")
    await seller.order(await seller.merchant())
    await stage.settled()
    (delivery,) = await seller.deliveries(endpoint_id)
    asked = {"delivery_id": delivery["id"]}
    answer = await seller.post("/v1/webhooks/debug/sign", asked)
    assert await refused(answer) == (422, "nothing_to_sign", "timestamp")
    shown = (await seller.post("/v1/webhooks/debug/sign", asked | {"timestamp": 7})).json()
    assert shown["signed"].startswith(f"{delivery['message_id']}.7.")
