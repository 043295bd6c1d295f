"""Payments as auditors see it: its own checks, what was moved for what, accounts, and the reserve at each bank.

Scope `payments:operate`. Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`.
"""

from typing import Any

from clients.payments.shapes import (
    AccountAnswer,
    HeadAnswer,
    PostedSum,
    RecomputationAnswer,
    ReserveAnswer,
    VerificationAnswer,
)
from clients.transport import Call, HeaderProvider, TokenProvider, Transport, no_headers

PAGE = 200
AUDIT_SECONDS = 60.0


class PaymentsAudit:
    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def verification(self) -> VerificationAnswer:
        """Long chains are not gone through to their end: `complete` is false then, and `chains` says how far."""
        return VerificationAnswer.model_validate(await self._read("/v1/verification"))

    async def head(self, book_id: int) -> HeadAnswer:
        """The last link of a book's chain; its hash is what an auditor keeps."""
        return HeadAnswer.model_validate(await self._read(f"/v1/evidence/books/{book_id}/head"))

    async def recomputation(self, book_id: int, after: int = 0) -> RecomputationAnswer:
        """A stretch of a chain worked out again, of at most 1,000 links and 8,190 transfers: go on after its `until`."""
        path = f"/v1/evidence/books/{book_id}/recomputation"
        return RecomputationAnswer.model_validate(await self._read(path, after=after))

    async def reserves(self) -> list[ReserveAnswer]:
        """What our books say is in the reserve at each bank."""
        answer = await self._read("/v1/verification/reserves")
        return [ReserveAnswer.model_validate(item) for item in answer["items"]]

    async def sums(self, code: str) -> list[PostedSum]:
        """Everything moved under a code, or a beginning of codes (`p2p.*`), by reference and accounts."""
        return [PostedSum.model_validate(item) for item in await self._all("/v1/transfers/sums", code=code)]

    async def accounts(self, **filters: str) -> list[AccountAnswer]:
        """filters: owner, kind, currency, reference."""
        return [AccountAnswer.model_validate(item) for item in await self._all("/v1/accounts", **filters)]

    async def _read(self, path: str, **params: int) -> dict[str, Any]:
        call = Call("GET", path, params=params)
        answer: dict[str, Any] = await self.transport.call(call, deadline_seconds=AUDIT_SECONDS)
        return answer

    async def _all(self, path: str, **filters: str) -> list[dict[str, Any]]:
        call = Call("GET", path, params={"limit": PAGE, **filters})
        return [item async for item in self.transport.pages(call, deadline_seconds=AUDIT_SECONDS)]
