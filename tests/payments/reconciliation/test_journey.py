"""The whole way over HTTP: banks with faults on their statements, fetched, matched, and every fault found, worked on and gone."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.clock import SUITE_ZONE
from tests.payments.customer import World
from tests.payments.returned_money.reporting import topped_up, withdrawn

AMOUNTS = (10_000, 20_000, 30_000, 40_000, 50_000, 60_000)


class Desk:
    """An operator who reconciles."""

    def __init__(self, world: World) -> None:
        self.world, self.http = world, world.payments.client(timeout=60)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(f"/v1/reconciliation/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.http.post(f"/v1/reconciliation/{path}", json=body, headers={"idempotency-key": uuid4().hex})

    async def fetched(self) -> None:
        await self.world.run_periodic("payments.fetch_statements")

    async def open_breaks(self) -> dict[str, dict[str, Any]]:
        items = (await self.get("breaks", state="open", limit=200))["items"]
        assert len({one["type"] for one in items}) == len(items), items
        return {one["type"]: one for one in items}

    async def run(self, account_id: str) -> dict[str, Any]:
        answer = await self.post(f"accounts/{account_id}/runs")
        assert answer.status_code in (201, 202), answer.text
        if answer.status_code == 202:
            await self.world.payments.runtime.jobs.run_now(
                "payments.reconcile", {"id": str(_uuid("rcn", answer.json()["id"]))}
            )
        return next(
            one for one in (await self.get(f"accounts/{account_id}/runs"))["items"] if one["id"] == answer.json()["id"]
        )


def _uuid(prefix: str, text: str) -> Any:
    from chassis.ids import decode

    return decode(prefix, text)


async def today(world: World) -> date:
    now = (await world.payments.client().get("/v1/clock")).json()["business_at"]
    return datetime.fromisoformat(now).astimezone(SUITE_ZONE).date()


async def spoil(world: World, kind: str, day: date, **more: Any) -> dict[str, Any]:
    answer = await world.door.post("statement-faults", {"kind": kind, "on": day.isoformat()} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_every_fault_of_a_bank_is_found_typed_and_ended(world: World) -> None:
    desk = Desk(world)
    await world.thursday_noon()
    anna = world.person()
    card = await anna.ready()
    for amount in AMOUNTS:
        await topped_up(anna, card, amount)
    for amount in (1_000, 2_000):
        await withdrawn(anna, card, amount)
    day = await today(world)
    for kind in ("missing", "duplicated", "wrong_amount", "other_date"):
        await spoil(world, kind, day, seed=0, amount=7)
    await spoil(world, "returned", day, seed=0)
    await spoil(world, "unexplained_credit", day, seed=1, amount=12_345)
    await world.move_clock(timedelta(days=2))
    await desk.fetched()
    print((await desk.get("statements"))["items"])
    print((await desk.get("breaks"))["items"])
    breaks = await desk.open_breaks()
    assert set(breaks) == {"short", "duplicate", "amount", "date", "status", "long"}
