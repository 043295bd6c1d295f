"""Shops under contract, buyers, lenders and partners, over HTTP."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.ids import encode
from clients.ids import new_id
from services.payments.app import PERIODIC
from tests.payments.ledger.book import Book
from tests.serving import Served

WEDNESDAY = datetime.fromisoformat("2026-12-02T09:00:00+08:00")


@dataclass
class Keeper:
    """A merchant's owner. some_…: ids that nobody has."""

    http: httpx.AsyncClient
    id: str
    merchant_id: str
    account_id: str
    some_receiver: str = field(default_factory=lambda: encode("rcv", new_id()))
    some_share: str = field(default_factory=lambda: encode("osh", new_id()))

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await post(self.http, path, body)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


BY_ITSELF = {
    name: PERIODIC[name][1]
    for name in (
        "payments.settle_due",
        "payments.release_reserves",
        "payments.end_deductions",
        "payments.close_payout_batches",
        "payments.work_due_refunds",
    )
}
"""Of settlement; run by tests alone (`conftest.py`)."""


async def post(http: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return await http.post(path, json=body, headers={"idempotency-key": uuid4().hex})


@dataclass
class Market:
    """http: an operator's calls; buyer: with money enough for all."""

    payments: Served
    book: Book
    buyer: httpx.AsyncClient
    plan: dict[str, Any]

    @classmethod
    async def open(cls, payments: Served) -> "Market":
        http = payments.client()
        answer = await http.put("/v1/clock", json={"business_at": WEDNESDAY.isoformat(), "frozen": True})
        assert answer.status_code == 200, answer.text
        book = await Book.open(payments)
        buyer = payments.client(encode("cus", new_id()))
        wallet = (await post(buyer, "/v1/wallets", {"currency": "CNY"})).json()
        await book.moved(book.source, wallet["account_id"], 10_000_000)
        body = {"code": "standard", "name": "标准", "currency": "CNY", "tiers": [{"from_minor": 0, "rate": "0.006"}]}
        plan = await post(http, "/v1/fee-plans", body)
        assert plan.status_code == 201, plan.text
        return cls(payments, book, buyer, plan.json())

    @property
    def http(self) -> httpx.AsyncClient:
        return self.book.http

    async def seller(self) -> Keeper:
        owner = encode("cus", new_id())
        http = self.payments.client(owner)
        merchant = (await post(http, "/v1/merchants", {"name": "茶叶店", "currency": "CNY"})).json()
        return Keeper(http, owner, merchant["id"], merchant["account_id"])

    async def contract(self, shop: Keeper, **terms: Any) -> httpx.Response:
        body = {"fee_plan_id": self.plan["id"]} | terms
        return await post(self.http, f"/v1/merchants/{shop.merchant_id}/contracts", body)

    async def shop(self, **terms: Any) -> Keeper:
        shop = await self.seller()
        answer = await self.contract(shop, **terms)
        assert answer.status_code == 201, answer.text
        return shop

    async def sold(self, shop: Keeper, amount: int) -> str:
        """An order, paid; its id."""
        order = {
            "merchant_id": shop.merchant_id,
            "merchant_order_number": uuid4().hex,
            "subject": "tea",
            "amount": amount,
        }
        made = (await shop.post("/v1/orders", order | {"currency": "CNY"})).json()
        pays = {"method": "wallet", "amount": amount, "currency": "CNY"}
        answer = await post(self.buyer, f"/v1/orders/{made['id']}/payments", pays)
        assert answer.status_code == 201, answer.text
        return str(made["id"])

    async def refunded(self, shop: Keeper, order: str, amount: int) -> dict[str, Any]:
        body = {"merchant_refund_number": uuid4().hex, "amount": amount, "currency": "CNY", "reason": "wrong size"}
        answer = await shop.post(f"/v1/orders/{order}/refunds", body)
        assert answer.status_code in (201, 202), answer.text
        return dict(answer.json())

    async def refund(self, shop: Keeper, refund: dict[str, Any]) -> dict[str, Any]:
        return dict(await shop.get(f"/v1/refunds/{refund['id']}"))

    async def order(self, shop: Keeper, order: str) -> dict[str, Any]:
        return dict(await shop.get(f"/v1/orders/{order}"))

    async def ahead(self, by: timedelta) -> None:
        now = datetime.fromisoformat((await self.http.get("/v1/clock")).json()["business_at"])
        answer = await self.http.put("/v1/clock", json={"business_at": (now + by).isoformat(), "frozen": True})
        assert answer.status_code == 200, answer.text

    async def run(self, name: str) -> None:
        work = BY_ITSELF[name] if name in BY_ITSELF else self.payments.runtime.jobs.periodic[name][1]
        await work(self.payments.runtime)

    async def next_day(self) -> None:
        """A day later, all that was due settled."""
        await self.ahead(timedelta(days=1))
        await self.run("payments.settle_due")

    async def settlements(self, shop: Keeper) -> list[dict[str, Any]]:
        """Oldest first."""
        return list((await shop.get(f"/v1/merchants/{shop.merchant_id}/settlements"))["items"])[::-1]

    async def balance(self, shop: Keeper) -> int:
        return int((await shop.get(f"/v1/merchants/{shop.merchant_id}"))["balance"])

    async def spend(self, shop: Keeper, amount: int) -> None:
        await self.book.moved(shop.account_id, self.book.source, amount)

    async def earn(self, shop: Keeper, amount: int) -> None:
        await self.book.moved(self.book.source, shop.account_id, amount)

    async def lender(
        self, shop: Keeper, name: str = "ecommerce_credit", **terms: Any
    ) -> tuple[httpx.AsyncClient, dict[str, Any]]:
        """A lender and its deduction, agreed to."""
        http = self.payments.client(name)
        account = (await post(http, "/v1/accounts", {"currency": "CNY", "kind": "capital"})).json()
        body = {"merchant_id": shop.merchant_id, "account_id": account["id"], "reference": "loan"} | terms
        proposed = await post(http, "/v1/deductions", body)
        assert proposed.status_code == 201, proposed.text
        agreed = await shop.post(f"/v1/deductions/{proposed.json()['id']}/agreement")
        assert agreed.status_code == 200, agreed.text
        return http, agreed.json()

    async def partner(self) -> tuple[httpx.AsyncClient, str]:
        """Somebody with a wallet; its account."""
        http = self.payments.client(encode("cus", new_id()))
        return http, str((await post(http, "/v1/wallets", {"currency": "CNY"})).json()["account_id"])

    async def held(self, http: httpx.AsyncClient, account_id: str) -> int:
        answer = await http.get(f"/v1/accounts/{account_id}")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["balance"])

    async def fees(self) -> int:
        found = (await self.http.get("/v1/balances", params={"kind": "fee_income"})).json()["items"]
        return int(found[0]["balance"])

    async def fee_account(self) -> str:
        """An account of the platform's own."""
        found = (await self.http.get("/v1/accounts", params={"kind": "merchant_reserve"})).json()["items"]
        return str(found[0]["id"])

    async def audit(self) -> None:
        await self.book.audit()
