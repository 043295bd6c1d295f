"""Payments served, and merchants who want to be told."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from chassis.clock import real_now
from chassis.ids import decode, encode
from clients.ids import new_id
from tests.payments.webhooks.receiver import PATIENCE_SECONDS
from tests.serving import Served

CREATED = "payments.order.created.v1"


@dataclass
class Seller:
    """http: the owner's own authorised calls."""

    http: httpx.AsyncClient
    id: str

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"idempotency-key": uuid4().hex})

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def merchant(self) -> str:
        answer = await self.post("/v1/merchants", {"name": "茶叶店", "currency": "CNY"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def order(self, merchant_id: str, amount: int = 30_000) -> str:
        body = {"merchant_id": merchant_id, "merchant_order_number": uuid4().hex, "subject": "tea", "amount": amount}
        answer = await self.post("/v1/orders", body | {"currency": "CNY"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def register(self, url: str, *types: str) -> tuple[str, str]:
        """An endpoint's id and its secret."""
        answer = await self.post("/v1/webhooks/endpoints", {"url": url, "types": list(types) or ["*"]})
        assert answer.status_code == 201, answer.text
        return answer.json()["endpoint"]["id"], answer.json()["secret"]

    async def endpoint(self, endpoint_id: str) -> dict[str, Any]:
        return dict(await self.get(f"/v1/webhooks/endpoints/{endpoint_id}"))

    async def deliveries(self, endpoint_id: str, **params: Any) -> list[dict[str, Any]]:
        return list((await self.get(f"/v1/webhooks/endpoints/{endpoint_id}/deliveries", **params))["items"])

    async def until(self, delivery_id: str, state: str, attempts: int = 1) -> dict[str, Any]:
        """Wait for a delivery to be in a state after so many attempts, or more: a machine that stands still may let a pause of 5 s pass."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = dict(await self.get(f"/v1/webhooks/deliveries/{delivery_id}"))
                if found["state"] == state and found["attempts"] >= attempts:
                    return found
                await asyncio.sleep(0.02)


@dataclass
class Stage:
    served: Served

    def seller(self) -> Seller:
        customer = encode("cus", new_id())
        return Seller(self.served.client(customer), customer)

    async def hurry(self, delivery_id: str) -> None:
        """What would be due in hours is due now."""
        await self._change("webhook_deliveries", delivery_id, "due_at = :past", past=real_now() - timedelta(seconds=1))

    async def failing_since(self, endpoint_id: str, ago: timedelta) -> None:
        await self._change("webhook_endpoints", endpoint_id, "failing_since = :since", since=real_now() - ago)

    async def rotated(self, endpoint_id: str, ago: timedelta) -> None:
        await self._change("webhook_endpoints", endpoint_id, "previous_until = :until", until=real_now() - ago)

    async def _change(self, table: str, record_id: str, change: str, **facts: Any) -> None:
        record: UUID = decode(record_id.partition("_")[0], record_id)
        async with self.served.runtime.database.engine.begin() as connection:
            await connection.execute(text(f"UPDATE {table} SET {change} WHERE id = :id"), facts | {"id": record})  # noqa: S608

    async def settled(self) -> None:
        """Until everything told so far has been queued."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                async with self.served.runtime.reading() as connection:
                    behind = text(
                        "SELECT EXISTS (SELECT FROM chassis.events_new)"
                        " OR (SELECT position FROM webhook_progress) < (SELECT coalesce(max(position), 0) FROM chassis.event_positions)"
                    )
                    if not (await connection.execute(behind)).scalar_one():
                        return
                await asyncio.sleep(0.02)


async def refused(answer: Any) -> tuple[int, str, str | None]:
    body = answer.json()
    return answer.status_code, body["code"], body.get("field")
