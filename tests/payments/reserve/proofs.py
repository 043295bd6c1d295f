"""Proofs as an operator asks for them."""

from datetime import date
from typing import Any
from uuid import uuid4

import httpx


async def proved(operator: httpx.AsyncClient, day: date, currency: str = "CNY") -> dict[str, Any]:
    """Made now."""
    body = {"day": day.isoformat(), "currency": currency}
    answer = await operator.post("/v1/reserve/proofs", json=body, headers={"idempotency-key": uuid4().hex})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def latest(operator: httpx.AsyncClient, day: date) -> dict[str, Any]:
    """The last that was made of a day, with its parts."""
    items = (await operator.get("/v1/reserve/proofs")).json()["items"]
    (found,) = [one for one in items if one["day"] == day.isoformat()]
    return dict((await operator.get(f"/v1/reserve/proofs/{found['id']}")).json())


async def items_of(operator: httpx.AsyncClient, proof: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await operator.get(f"/v1/reserve/proofs/{proof['id']}/items", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])
