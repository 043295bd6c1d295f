"""Batch payouts over HTTP with a real sandbox bank."""

import asyncio
import csv
import io
from typing import Any

import asyncpg
import httpx

from chassis.provision import in_database
from tests.databases import Databases
from tests.payments.customer import Person, World
from tests.payments.returned_money.reporting import audited, reported, reserves_agree
from tests.serving import PATIENCE_SECONDS


async def shop_with(world: World, amount: int) -> tuple[Person, str]:
    """A shop that has sold something; its merchant's id."""
    shop, buyer = world.person(), world.person()
    await buyer.funded(amount)
    merchant = str((await shop.post("/v1/merchants", {"name": "shop", "currency": "CNY"})).json()["id"])
    order = {
        "merchant_id": merchant,
        "merchant_order_number": "N",
        "subject": "tea",
        "amount": amount,
        "currency": "CNY",
    }
    order_id = (await shop.post("/v1/orders", order)).json()["id"]
    paid = await buyer.post(
        f"/v1/orders/{order_id}/payments", {"method": "wallet", "amount": amount, "currency": "CNY"}
    )
    assert paid.status_code == 201, paid.text
    return shop, merchant


async def uploaded(shop: Person, merchant: str, lines: list[dict[str, Any]], number: str = "B-1") -> httpx.Response:
    body = {"merchant_id": merchant, "number": number, "currency": "CNY", "lines": lines}
    return await shop.post("/v1/batch-payouts", body)


async def approved(shop: Person, batch: dict[str, Any]) -> httpx.Response:
    body = {"lines": batch["lines"], "total": batch["total"]}
    return await shop.post(f"/v1/batch-payouts/{batch['id']}/approval", body)


async def proceeds(shop: Person) -> int:
    return int((await shop.get("/v1/merchants"))["items"][0]["balance"])


async def states(shop: Person, batch_id: str) -> dict[str, tuple[str, str | None]]:
    items = (await shop.get(f"/v1/batch-payouts/{batch_id}/lines"))["items"]
    return {one["number"]: (one["state"], one["refusal_code"]) for one in items}


async def test_a_journey_of_a_batch_payout(world: World) -> None:
    """Uploaded, approved, paid to wallets and cards; one line declined, one returned and paid anew; the rest is back."""
    shop, merchant = await shop_with(world, 3_000_000)
    anna, boris = world.person(), world.person()
    wallet = await anna.open_wallet()
    card = await boris.ready()
    lines = [
        {"number": "1", "wallet_id": wallet["id"], "amount": 10_000, "note": "=1+1"},
        {"number": "2", "customer_id": anna.id, "amount": 20_000},
        {"number": "3", "card_id": card, "amount": 30_000, "note": "wages, 工资"},
        {"number": "4", "card_id": card, "amount": 990_001},
        {"number": "5", "card_id": card, "amount": 990_004},
    ]
    batch = (await uploaded(shop, merchant, lines)).json()
    assert (batch["state"], batch["lines"], batch["total"]) == ("awaiting_approval", 5, 2_040_005)
    assert await proceeds(shop) == 3_000_000
    assert (await approved(shop, batch)).json()["state"] == "paying"
    path = f"/v1/batch-payouts/{batch['id']}"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await shop.get(path))["state"] != "finished":
            await world.run_periodic("payments.work_due_batches")
            await asyncio.sleep(0.1)
    assert await states(shop, batch["id"]) == {
        "1": ("paid", None),
        "2": ("paid", None),
        "3": ("paid", None),
        "4": ("refused", "card_restricted"),
        "5": ("paid", None),
    }
    assert (await shop.get(path))["leftover"] == 990_001
    assert await anna.balance() == (30_000, 30_000)
    third = (await shop.get(f"{path}/lines"))["items"][2]
    await reported(world, "payout_returned", third["id"])
    assert (await states(shop, batch["id"]))["3"] == ("returned", "returned")
    assert await proceeds(shop) == 3_000_000 - 10_000 - 20_000 - 990_004
    nobody = await shop.post(f"{path}/lines/3/reissue", {"customer_id": shop.id})
    assert (nobody.status_code, nobody.json()["code"], nobody.json()["field"]) == (422, "unknown_payee", "customer_id")
    reissued = await shop.post(f"{path}/lines/3/reissue", {"customer_id": anna.id})
    assert (reissued.status_code, reissued.json()["state"]) == (201, "waiting"), reissued.text
    await shop.until(path, "finished")
    assert await anna.balance() == (60_000, 60_000)
    answer = await shop.http.get(f"{path}/result.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["state"] for row in rows] == ["paid", "paid", "paid", "refused", "paid"]
    assert (rows[0]["note"], rows[2]["note"], rows[2]["payee"]) == ("'=1+1", "wages, 工资", anna.id)
    await reserves_agree(world)
    await audited(world)


async def test_refusals_over_http(world: World) -> None:
    shop, merchant = await shop_with(world, 1_000)
    other, anna = world.person(), world.person()
    await anna.open_wallet()
    good = {"number": "1", "customer_id": anna.id, "amount": 600}
    bad = [good, good, {"number": "3", "amount": 5}, {"number": "4", "customer_id": other.id, "amount": 5}]
    wrong = await uploaded(shop, merchant, bad)
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "lines_wrong", "lines")
    assert [(one["position"], one["code"], one["field"]) for one in wrong.json()["problems"]] == [
        (1, "line_number_used", "number"),
        (2, "payee_unclear", "wallet_id"),
        (3, "unknown_payee", "customer_id"),
    ]
    batch = (await uploaded(shop, merchant, [good, good | {"number": "2"}])).json()
    small = (await uploaded(shop, merchant, [good], "B-2")).json()
    path = f"/v1/batch-payouts/{batch['id']}"
    body = {"lines": 2, "total": 1_199}
    cases = [
        (await uploaded(other, merchant, [good]), 404, "unknown_merchant"),
        (await uploaded(shop, merchant, [good]), 409, "batch_number_used"),
        (await uploaded(shop, merchant, []), 422, "invalid_value"),
        (await shop.post(f"{path}/approval", body), 409, "total_differs"),
        (await approved(other, batch), 404, "unknown_batch_payout"),
        (await approved(shop, batch), 409, "insufficient_funds"),
        (await other.http.get(path), 404, "unknown_batch_payout"),
        (await other.http.get(f"{path}/result.csv"), 404, "unknown_batch_payout"),
        (await other.post(f"{path}/cancellation"), 404, "unknown_batch_payout"),
        (await shop.post(f"{path}/lines/9/reissue", {}), 404, "unknown_line"),
        (await shop.post(f"{path}/lines/1/reissue", {}), 409, "line_not_returned"),
        (await shop.post(f"{path}/lines/1/cancellation"), 409, "line_not_returned"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await shop.post(f"{path}/cancellation")).json()["state"] == "cancelled"
    late = await approved(shop, batch)
    assert (late.status_code, late.json()["code"]) == (409, "batch_not_awaiting_approval")
    answers = await asyncio.gather(*(approved(shop, small) for _ in range(6)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 5
    await shop.until(f"/v1/batch-payouts/{small['id']}", "finished")
    assert (await proceeds(shop), await anna.balance()) == (400, (600, 600))
    await audited(world)


async def test_the_audit_finds_a_line_that_was_changed(world: World, databases: Databases) -> None:
    shop, merchant = await shop_with(world, 1_000)
    anna = world.person()
    await anna.open_wallet()
    batch = (await uploaded(shop, merchant, [{"number": "1", "customer_id": anna.id, "amount": 600}])).json()
    await approved(shop, batch)
    await shop.until(f"/v1/batch-payouts/{batch['id']}", "finished")
    database = world.payments.runtime.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(in_database(databases.admin_url, database))
    try:
        await connection.execute("UPDATE batch_payout_lines SET amount = 601")
    finally:
        await connection.close()
    report = (await world.payments.client().get("/v1/verification")).json()
    failed = {one["name"] for one in report["checks"] if one["failed"]}
    assert failed == {"paid_lines_have_their_transfers", "batches_are_the_sum_of_their_lines"}
