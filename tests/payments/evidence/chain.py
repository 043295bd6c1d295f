"""Chains as an auditor meets them over HTTP."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from tests.payments.ledger.book import Book


@dataclass
class Chain:
    """Of one book of a served ledger."""

    book: Book
    book_id: int = 1

    async def head(self) -> dict[str, Any]:
        return dict(await self.book.get(f"/v1/evidence/books/{self.book_id}/head"))

    async def linked(self, seconds: float = 10) -> dict[str, Any]:
        """The last link, once all that was committed before is in the chain."""
        await self.book.get("/v1/events", limit=1)
        until = time.monotonic() + seconds
        while (head := await self.head())["waiting"]:
            assert time.monotonic() < until, head
            await asyncio.sleep(0.02)
        return dict(head["link"])

    async def links(self, **filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        params = {"limit": 200, **filters}
        while True:
            answer = await self.book.get(f"/v1/evidence/books/{self.book_id}/links", **params)
            found += answer["items"]
            if answer["next"] is None:
                return found
            params["after"] = answer["next"]

    async def proof(self, transfer_id: str, **facts: Any) -> dict[str, Any]:
        return dict(await self.book.get(f"/v1/evidence/transfers/{transfer_id}/proof", **facts))

    async def recomputed(self, **facts: Any) -> dict[str, Any]:
        return dict(await self.book.get(f"/v1/evidence/books/{self.book_id}/recomputation", **facts))

    async def day(self, value_on: str) -> dict[str, Any]:
        return dict(await self.book.get(f"/v1/evidence/books/{self.book_id}/days/{value_on}"))
