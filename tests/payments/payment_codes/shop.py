"""A seller with a merchant whose codes can be shown, and a buyer with money."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.payments.customer import Person, World

PROFILE = {"category_code": "5499", "latin_name": "TEA HOUSE", "city": "HANGZHOU"}


@dataclass
class Shop:
    seller: Person
    merchant_id: str

    @classmethod
    async def open(cls, world: World, name: str = "茶叶店") -> "Shop":
        seller = world.person()
        answer = await seller.post("/v1/merchants", {"name": name, "currency": "CNY"})
        assert answer.status_code == 201, answer.text
        shop = cls(seller, answer.json()["id"])
        assert (await shop.profile(PROFILE)).status_code == 200
        return shop

    async def profile(self, body: dict[str, Any], by: Person | None = None) -> httpx.Response:
        headers = {"idempotency-key": uuid4().hex}
        return await (by or self.seller).http.put(
            f"/v1/merchants/{self.merchant_id}/qr-profile", json=body, headers=headers
        )

    async def order(self, amount: int = 30_000, **more: Any) -> dict[str, Any]:
        body = {
            "merchant_id": self.merchant_id,
            "merchant_order_number": uuid4().hex[:20],
            "subject": "tea",
            "amount": amount,
        }
        answer = await self.seller.post("/v1/orders", body | {"currency": "CNY"} | more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def charge(self, token: str, order_id: str, key: str | None = None) -> httpx.Response:
        return await self.seller.post(f"/v1/payment-codes/{token}/charges", {"order_id": order_id}, key)

    async def balance(self) -> int:
        return int((await self.seller.get(f"/v1/merchants/{self.merchant_id}"))["balance"])


async def shown_code(buyer: Person) -> dict[str, Any]:
    """What her phone shows: the code, its token and payload."""
    answer = await buyer.post("/v1/payment-codes")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def refused(answer: httpx.Response) -> tuple[int, str, str | None]:
    body = answer.json()
    return answer.status_code, body["code"], body.get("field")
