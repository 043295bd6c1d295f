"""Payments as auditors see it: its own checks, what was moved for what, accounts, the reserve at each bank, and chains of evidence.

Scope `payments:operate`. Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from clients.errors import Refused
from clients.ids import encode
from clients.payments import evidence
from clients.payments.shapes import (
    AccountAnswer,
    BalanceAnswer,
    CoinFiguresAnswer,
    DayAnswer,
    HeadAnswer,
    PinAnswer,
    PostedSum,
    RecomputationAnswer,
    ReserveAnswer,
    TransferAnswer,
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

    async def proof(self, transfer_id: UUID, head_hash: str, *, head: int | None = None) -> dict[str, Any]:
        """The transfer, proved here to stand in the chain that ends with a hash kept earlier. Nothing of the answer is trusted.

        head: number of the link that has the hash; the last one unless told. Raises `clients.payments.evidence.Wrong`.
        """
        path = f"/v1/evidence/transfers/{encode('trf', transfer_id)}/proof"
        return evidence.check(await self._read(path, **({} if head is None else {"head": head})), head_hash)

    async def day(self, book_id: int, value_on: date) -> DayAnswer:
        """The content of a value date in one hash, to be compared with another run's; and what was kept of it."""
        return DayAnswer.model_validate(await self._read(f"/v1/evidence/books/{book_id}/days/{value_on}"))

    async def pin_day(self, book_id: int, value_on: date, *, key: str) -> PinAnswer:
        """Keep the root of a day that is over."""
        call = Call("POST", f"/v1/evidence/books/{book_id}/days/{value_on}/pins", key=key)
        return PinAnswer.model_validate(await self.transport.call(call, deadline_seconds=AUDIT_SECONDS))

    async def reserves(self) -> list[ReserveAnswer]:
        """What our books say is in the reserve at each bank."""
        answer = await self._read("/v1/verification/reserves")
        return [ReserveAnswer.model_validate(item) for item in answer["items"]]

    async def coins(self) -> list[CoinFiguresAnswer]:
        """What our books say is at our addresses of each chain."""
        answer = await self._read("/v1/verification/coins")
        return [CoinFiguresAnswer.model_validate(item) for item in answer["items"]]

    async def sums(self, code: str) -> list[PostedSum]:
        """Everything moved under a code, or a beginning of codes (`p2p.*`), by reference and accounts."""
        return [PostedSum.model_validate(item) for item in await self._all("/v1/transfers/sums", code=code)]

    async def transfers(self, code: str, reference: str) -> list[TransferAnswer]:
        """Every transfer for a record under a code, oldest first, with its metadata."""
        found = await self._all("/v1/transfers", code=code, reference=reference)
        return [TransferAnswer.model_validate(item) for item in found]

    async def balance_then(self, account_id: UUID, at: datetime) -> int:
        """Credits less debits posted by an instant; 0 of an account that was not open then."""
        call = Call("GET", f"/v1/accounts/{encode('acc', account_id)}/balance", params={"at": at.isoformat()})
        try:
            found = BalanceAnswer.model_validate(await self.transport.call(call, deadline_seconds=AUDIT_SECONDS))
        except Refused as refused:
            if refused.code == "account_not_open_then":
                return 0
            raise
        return found.credits_posted - found.debits_posted

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
