"""Payers who confirm what they pay by their payment password."""

from typing import Any

import httpx

PASSWORD = "246801"


async def set_password(http: httpx.AsyncClient, identity_number: str | None = None) -> None:
    body = {"password": PASSWORD} | ({} if identity_number is None else {"identity_number": identity_number})
    answer = await http.put("/v1/payment-password", json=body)
    assert answer.status_code == 204, answer.text


async def confirmed(http: httpx.AsyncClient, subject: str, amount: int, currency: str = "CNY") -> dict[str, Any]:
    """What a payment says when she has confirmed it."""
    body = {"password": PASSWORD, "subject": subject, "amount": amount, "currency": currency}
    answer = await http.post("/v1/payment-confirmations", json=body)
    assert answer.status_code == 201, answer.text
    return {"confirmation_id": answer.json()["id"]}
