"""Webhooks over HTTP: a merchant's owner is told what concerns it, until it acknowledges."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import real_now
from chassis.webhooks import Sender
from tests.payments.webhooks.receiver import Receiver, receiver
from tests.payments.webhooks.stage import CREATED, Stage, refused


async def test_a_merchant_s_owner_is_told_and_the_reference_library_verifies(stage: Stage, here: Receiver) -> None:
    seller, other = stage.seller(), stage.seller()
    endpoint_id, secret = await seller.register(f"{here.url}/hook", "payments.order.*")
    order = await seller.order(await seller.merchant())
    await other.order(await other.merchant())
    (heard,) = await here.until(1)
    event = heard.verified(secret)
    assert (event["type"], event["subject"], event["data"]["order_id"]) == (CREATED, order, order)
    assert (event["specversion"], event["source"], heard.path) == ("1.0", "/payments", "/hook")
    assert heard.id == event["id"]
    assert "position" not in event
    (delivery,) = await seller.deliveries(endpoint_id)
    found = await seller.until(delivery["id"], "acknowledged")
    (attempt,) = found["log"]
    assert (attempt["number"], attempt["status"], attempt["answer"], attempt["failure"]) == (1, 200, "thank you", None)
    assert (found["message_id"], found["due_at"]) == (heard.id, None)
    await stage.settled()
    assert len(here.heard) == 1
    assert await seller.deliveries(endpoint_id, state="dead") == []


async def test_types_are_names_prefixes_or_all_and_can_be_changed(stage: Stage) -> None:
    seller = stage.seller()
    wanted = [
        ["payments.order.closed.v1"],
        ["payments.order.*"],
        ["*"],
        ["payments.wallet.*", "payments.merchant.opened.v1"],
    ]
    async with receiver() as one, receiver() as two, receiver() as three, receiver() as four:
        listening = [one, two, three, four]
        ids = [(await seller.register(place.url, *types))[0] for place, types in zip(listening, wanted, strict=True)]
        merchant = await seller.merchant()
        order = await seller.order(merchant)
        await seller.post(f"/v1/orders/{order}/closure")
        await stage.settled()
        for place, number in zip(listening, (1, 2, 4, 1), strict=True):
            await place.until(number)
        changed = await seller.http.put(
            f"/v1/webhooks/endpoints/{ids[0]}/types", json={"types": [CREATED]}, headers={"idempotency-key": "t"}
        )
        assert changed.json()["types"] == [CREATED]
        await seller.order(merchant)
        await one.until(2)
    types = [[json.loads(heard.body)["type"].split(".")[2] for heard in place.heard] for place in listening]
    assert types[0] == ["closed", "created"]
    assert [sorted(told) for told in types[1:3]] == [
        ["closed", "created", "created"],
        ["closed", "created", "created", "opened", "opened"],
    ]
    assert types[3] == ["opened"]


async def test_a_secret_is_shown_once_and_rotation_signs_with_both_for_a_day(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    endpoint_id, old = await seller.register(here.url, CREATED)
    assert "secret" not in await seller.endpoint(endpoint_id)
    merchant = await seller.merchant()
    rotated = await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/secret")
    assert rotated.headers["cache-control"] == "no-store"
    new = rotated.json()["secret"]
    assert new != old
    assert rotated.json()["endpoint"]["previous_until"] is not None
    await seller.order(merchant)
    both = (await here.until(1))[0]
    assert both.verified(old) == both.verified(new)
    await stage.rotated(endpoint_id, timedelta(seconds=1))
    await seller.order(merchant)
    one = (await here.until(2))[1]
    one.verified(new)
    with pytest.raises(Exception, match="No matching signature"):
        one.verified(old)
    async with stage.served.runtime.reading() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT encode(secret, 'escape') || previous_secret::text FROM webhook_endpoints"
        )
        stored = str(rows.scalar_one())
        keys = await connection.exec_driver_sql("SELECT string_agg(answer::text, '') FROM chassis.idempotency_keys")
        answers = str(keys.scalar_one())
    assert old not in stored + answers
    assert new not in stored + answers


async def test_it_is_tried_again_under_the_same_id_until_it_is_acknowledged(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    endpoint_id, secret = await seller.register(here.url, CREATED)
    here.statuses = [500, 302, 404, 204]
    before = real_now()
    await seller.order(await seller.merchant())
    await here.until(1)
    (delivery,) = await seller.deliveries(endpoint_id)
    waits = [5, 300, 1800]
    for number, wait in enumerate(waits, start=1):
        found = await seller.until(delivery["id"], "pending", number)
        if found["attempts"] == number:
            due = real_now().fromisoformat(found["due_at"])
            assert before + timedelta(seconds=wait) <= due <= real_now() + timedelta(seconds=wait * 1.1)
            assert (await seller.endpoint(endpoint_id))["failing_since"] is not None
        await stage.hurry(delivery["id"])
    found = await seller.until(delivery["id"], "acknowledged", 4)
    assert [attempt["status"] for attempt in found["log"]] == [500, 302, 404, 204]
    assert len({heard.id for heard in here.heard}) == len({heard.body for heard in here.heard}) == 1
    here.heard[-1].verified(secret)
    assert (await seller.endpoint(endpoint_id))["failing_since"] is None


async def test_after_the_last_try_it_is_a_dead_letter_and_its_owner_replays_it(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    endpoint_id, _ = await seller.register(here.url, CREATED)
    here.statuses = [503]
    merchant = await seller.merchant()
    await seller.order(merchant)
    await here.until(1)
    (delivery,) = await seller.deliveries(endpoint_id)
    for number in range(1, 8):
        await seller.until(delivery["id"], "pending", number)
        await stage.hurry(delivery["id"])
    dead = await seller.until(delivery["id"], "dead", 8)
    assert [one["id"] for one in await seller.deliveries(endpoint_id, state="dead")] == [dead["id"]]
    here.statuses = [200]
    again = await seller.post(f"/v1/webhooks/deliveries/{delivery['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (200, "pending")
    found = await seller.until(delivery["id"], "acknowledged", 9)
    assert len(found["log"]) == 9
    # What was acknowledged is sent again only if that is asked for.
    replays = f"/v1/webhooks/endpoints/{endpoint_id}/replays"
    since = (real_now() - timedelta(hours=1)).isoformat()
    assert (await seller.post(replays, {"since": since})).json()["queued"] == 0
    assert (await seller.post(replays, {"since": real_now().isoformat(), "states": ["acknowledged"]})).json()[
        "queued"
    ] == 0
    all_of_it = await seller.post(replays, {"since": since, "states": ["dead", "acknowledged"]})
    assert (all_of_it.json()["queued"], all_of_it.json()["more"]) == (1, False)
    await seller.until(delivery["id"], "acknowledged", 10)


async def test_an_answer_410_disables_the_endpoint_and_its_owner_s_others_hear_of_it(stage: Stage) -> None:
    seller = stage.seller()
    async with receiver() as gone, receiver() as other:
        gone.statuses = [410]
        endpoint_id, _ = await seller.register(gone.url, CREATED)
        await seller.register(other.url, "payments.webhook_endpoint.*")
        merchant = await seller.merchant()
        await seller.order(merchant)
        told = json.loads((await other.until(1))[0].body)
        assert told["data"] == {"endpoint_id": endpoint_id, "owner": seller.id, "reason": "gone"}
        endpoint = await seller.endpoint(endpoint_id)
        assert (endpoint["state"], endpoint["disabled_reason"]) == ("disabled", "gone")
        # What happens meanwhile is kept as a dead letter, to be replayed once it is enabled.
        await seller.order(merchant)
        await stage.settled()
        assert [one["state"] for one in await seller.deliveries(endpoint_id)] == ["dead", "dead"]
        replays, since = f"/v1/webhooks/endpoints/{endpoint_id}/replays", (real_now() - timedelta(hours=1)).isoformat()
        for answer in (
            await seller.post(replays, {"since": since}),
            await seller.post(f"/v1/webhooks/deliveries/{(await seller.deliveries(endpoint_id))[0]['id']}/replay"),
            await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/tests"),
        ):
            assert (await refused(answer))[:2] == (409, "webhook_endpoint_disabled")
        gone.statuses = [200]
        enabled = await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/enabling")
        assert (enabled.json()["state"], enabled.json()["disabled_reason"]) == ("active", None)
        assert (await seller.post(replays, {"since": since})).json()["queued"] == 2
        await gone.until(3)


async def test_an_endpoint_that_fails_for_days_is_disabled(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    here.statuses = [500]
    endpoint_id, _ = await seller.register(here.url, CREATED)
    merchant = await seller.merchant()
    await seller.order(merchant)
    (first,) = await _deliveries(stage, here, seller, endpoint_id)
    await seller.until(first["id"], "pending")
    await stage.failing_since(endpoint_id, timedelta(days=4, hours=23))
    await stage.hurry(first["id"])
    await seller.until(first["id"], "pending", 2)
    assert (await seller.endpoint(endpoint_id))["state"] == "active"
    await stage.failing_since(endpoint_id, timedelta(days=5))
    await stage.hurry(first["id"])
    await seller.until(first["id"], "dead", 3)
    endpoint = await seller.endpoint(endpoint_id)
    assert (endpoint["state"], endpoint["disabled_reason"]) == ("disabled", "failing")


async def _deliveries(stage: Stage, here: Receiver, seller: Any, endpoint_id: str) -> list[dict[str, Any]]:
    await here.until(1)
    return list(await seller.deliveries(endpoint_id))


async def test_a_slow_endpoint_holds_up_nobody_else_and_gets_four_at_a_time(stage: Stage, here: Receiver) -> None:
    seller, merchant_orders = stage.seller(), 12
    async with receiver(held=True) as slow:
        slow_id, _ = await seller.register(slow.url, CREATED)
        await seller.register(here.url, CREATED)
        merchant = await seller.merchant()
        await asyncio.gather(*(seller.order(merchant) for _ in range(merchant_orders)))
        await here.until(merchant_orders)
        await slow.until(4)
        assert slow.most_at_once == len(slow.heard) == 4
        slow.go_on.set()
        await slow.until(merchant_orders)
        for delivery in await seller.deliveries(slow_id):
            await seller.until(delivery["id"], "acknowledged")
        assert slow.most_at_once == 4
    assert len({heard.id for heard in here.heard}) == merchant_orders


async def test_a_test_message(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    endpoint_id, secret = await seller.register(here.url, CREATED)
    made = await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/tests")
    assert (made.status_code, made.json()["test"]) == (201, True)
    event = (await here.until(1))[0].verified(secret)
    assert (event["type"], event["subject"], event["data"]) == ("payments.webhook.test.v1", endpoint_id, {})
    await seller.until(made.json()["id"], "acknowledged")


async def test_what_was_told_before_is_not_sent(stage: Stage, here: Receiver) -> None:
    seller = stage.seller()
    merchant = await seller.merchant()
    await seller.order(merchant)
    await stage.settled()
    endpoint_id, _ = await seller.register(here.url, "*")
    later = await seller.order(merchant)
    await here.until(1)
    await stage.settled()
    assert [json.loads(heard.body)["subject"] for heard in here.heard] == [later]
    assert len(await seller.deliveries(endpoint_id)) == 1


async def test_outside_the_sandbox_nothing_goes_to_addresses_within(stage: Stage, here: Receiver) -> None:
    """Neither is one registered, nor is anything sent to one that was registered before."""
    seller = stage.seller()
    endpoint_id, _ = await seller.register(here.url, "*")
    stage.served.runtime.provide(Sender(sandbox=False, seconds=5))
    for url in (
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/",
        "https://[fd00::1]/",
        "http://8.8.8.8/",
    ):
        answer = await seller.post("/v1/webhooks/endpoints", {"url": url, "types": ["*"]})
        assert await refused(answer) == (422, "webhook_address_not_allowed", "url"), url
    made = await seller.post(f"/v1/webhooks/endpoints/{endpoint_id}/tests")
    found = await seller.until(made.json()["id"], "pending")
    assert found["log"][0]["failure"].startswith("address refused")
    assert here.heard == []
