"""The ledger as its callers see it over HTTP, in few words."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from chassis.ids import encode
from clients.ids import new_id
from tests.serving import Served


def transfer_id(book_id: int = 1) -> str:
    return encode("trf", new_id(book_id))


@dataclass
class Book:
    """http: an operator's calls."""

    served: Served
    http: httpx.AsyncClient
    _source: str = ""
    opened: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def open(cls, served: Served, currency: str = "CNY", book_id: int = 1) -> "Book":
        """With an account of no rule, where the money of tests comes from."""
        book = cls(served, served.client())
        book._source = (await book.account("suspense", rule="none", currency=currency, book_id=book_id))["id"]
        return book

    @property
    def source(self) -> str:
        return self._source

    async def account(self, kind: str = "collection", **facts: Any) -> dict[str, Any]:
        body = {"currency": "CNY", "kind": kind} | facts
        answer = await self.http.post("/v1/accounts", json=body, headers={"idempotency-key": uuid4().hex})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def funded(self, amount: int, **facts: Any) -> str:
        account = await self.account(**facts)
        if amount:
            await self.moved(self.source, account["id"], amount)
        return str(account["id"])

    async def send(self, http: httpx.AsyncClient | None = None, **facts: Any) -> httpx.Response:
        body = {"id": transfer_id(), "code": "tests.move"} | facts
        return await (http or self.http).post("/v1/transfers", json=body)

    async def moved(self, debit: str, credit: str, amount: int, **facts: Any) -> dict[str, Any]:
        """A transfer that must be made."""
        answer = await self.move(debit, credit, amount, **facts)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def move(self, debit: str, credit: str, amount: Any, **facts: Any) -> httpx.Response:
        names = {"debit_account_id": debit, "credit_account_id": credit, "amount": amount, "currency": "CNY"}
        return await self.send(**(names | facts))

    async def hold(self, debit: str, credit: str, amount: int, **facts: Any) -> str:
        return str((await self.moved(debit, credit, amount, kind="pending", **facts))["id"])

    async def settle(self, kind: str, hold_id: str, **facts: Any) -> httpx.Response:
        return await self.send(kind=kind, pending_id=hold_id, **facts)

    async def bulk(self, mode: str, transfers: list[dict[str, Any]]) -> httpx.Response:
        return await self.http.post("/v1/transfers/bulk", json={"mode": mode, "transfers": transfers})

    async def sums(self, account_id: str) -> tuple[int, int, int, int]:
        """Debits posted and pending, credits posted and pending."""
        found = await self.get(f"/v1/accounts/{account_id}")
        return found["debits_posted"], found["debits_pending"], found["credits_posted"], found["credits_pending"]

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, answer: httpx.Response) -> tuple[int, str, str | None]:
        document = answer.json()
        assert answer.status_code >= 400, document
        return answer.status_code, document["code"], document.get("field")

    async def audit(self) -> None:
        report = await self.get("/v1/verification")
        assert report["holds"], [check for check in report["checks"] if check["failed"]]


def wire(debit: str, credit: str, amount: int, **facts: Any) -> dict[str, Any]:
    """A transfer of a bulk request."""
    names = {"debit_account_id": debit, "credit_account_id": credit, "amount": amount, "currency": "CNY"}
    return {"id": transfer_id(), "code": "tests.move"} | names | facts
