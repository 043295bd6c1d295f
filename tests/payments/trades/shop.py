"""A shop under escrow over HTTP: its seller, its buyer with money, an operator."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.ids import encode
from clients.ids import new_id
from services.payments.orders.jobs import close_orders
from services.payments.trades.jobs import end_due_trades
from tests.payments.ledger.book import Book
from tests.serving import Served

FUNDS = 100_000
ITEMS = [
    {"name": "green tea", "quantity": 2, "unit_price": 10_000},
    {"name": "cup", "quantity": 1, "unit_price": 5_000},
]
TOTAL = 26_000


@dataclass(frozen=True)
class Somebody:
    id: str
    http: httpx.AsyncClient

    async def post(self, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"idempotency-key": key or uuid4().hex})

    async def done(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self.post(path, body)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    async def refused(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, str, str | None]:
        answer = await self.post(path, body)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"], answer.json().get("field")

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass(frozen=True)
class Shop:
    served: Served
    book: Book
    buyer: Somebody
    seller: Somebody
    operator: Somebody
    merchant_id: str

    @classmethod
    async def open(cls, served: Served) -> "Shop":
        """The buyer has 1,000.00."""
        book = await Book.open(served)
        buyer, seller = cls.somebody(served), cls.somebody(served)
        wallet = await buyer.done("/v1/wallets", {"currency": "CNY"})
        await book.moved(book.source, wallet["account_id"], FUNDS)
        merchant = await seller.done("/v1/merchants", {"name": "茶叶店", "currency": "CNY"})
        return cls(served, book, buyer, seller, Somebody("stf_tests", served.client()), merchant["id"])

    @staticmethod
    def somebody(served: Served) -> Somebody:
        customer = encode("cus", new_id())
        return Somebody(customer, served.client(customer))

    async def create(self, number: str = "N-1", **more: Any) -> dict[str, Any]:
        return await self.seller.done("/v1/trades", self.wanted(number) | more)

    def wanted(self, number: str = "N-1") -> dict[str, Any]:
        return {
            "merchant_id": self.merchant_id, "merchant_trade_number": number, "subject": "tea", "items": ITEMS, "shipping_fee": 1_000,
            "currency": "CNY", "buyer_id": self.buyer.id,
        }  # fmt: skip

    async def pay(self, trade: dict[str, Any]) -> dict[str, Any]:
        body = {"method": "wallet", "amount": trade["amount"], "currency": "CNY"}
        return await self.buyer.done(f"/v1/trades/{trade['id']}/payments", body)

    async def shipped(self, number: str = "N-1") -> dict[str, Any]:
        trade = await self.pay(await self.create(number))
        body = {"carrier": "SF", "tracking_number": "SF1"}
        return await self.seller.done(f"/v1/trades/{trade['id']}/shipment", body)

    async def ask_refund(self, trade: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self.buyer.done(f"/v1/trades/{trade['id']}/refunds", {"reason": "broken"} | more)

    async def answer(self, who: Somebody, refund: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
        return await who.done(f"/v1/trade-refunds/{refund['id']}/{what}", body or None)

    async def read(self, trade: dict[str, Any]) -> dict[str, Any]:
        return dict(await self.buyer.get(f"/v1/trades/{trade['id']}"))

    async def after(self, **time: float) -> None:
        """So much later; the clock stands there, and what has fallen due has been looked for."""
        now = datetime.fromisoformat((await self.operator.get("/v1/clock"))["business_at"])
        body = {"business_at": (now + timedelta(**time)).isoformat()}
        answer = await self.operator.http.put("/v1/clock", json=body)
        assert answer.status_code == 200, answer.text
        await self.look_for_due()

    async def look_for_due(self) -> None:
        await close_orders(self.served.runtime)
        await end_due_trades(self.served.runtime)

    async def balances(self) -> tuple[int, int]:
        """What the buyer has less than she had, and what the merchant has."""
        wallet = (await self.buyer.get("/v1/wallets"))["items"][0]["balance"]
        return FUNDS - wallet, (await self.seller.get(f"/v1/merchants/{self.merchant_id}"))["balance"]

    async def events(self, kind: str) -> list[dict[str, Any]]:
        found = await self.operator.get("/v1/events", types=kind)
        return [event["data"] for event in found["items"]]
