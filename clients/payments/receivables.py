"""What a service owes to payments, for what banks took back of money that had left its accounts."""

from uuid import UUID

from clients.errors import Refused
from clients.ids import encode, new_id
from clients.payments.shapes import ReceivableAnswer
from clients.transport import Call, Transport

LIVE = ("open", "overdue")
NOTHING_TO_DO = frozenset({"nothing_to_collect", "receivable_ended"})


class DebtorsPayments:
    """Calls with the token of whoever owes."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def owed_by(self, account_id: UUID) -> list[ReceivableAnswer]:
        """What an account of the caller's owes, newest first."""
        wanted = encode("acc", account_id)
        found = []
        for state in LIVE:
            call = Call("GET", "/v1/receivables", params={"state": state, "limit": 200})
            async for item in self.transport.pages(call):
                if item["account_id"] == wanted:
                    found.append(ReceivableAnswer.model_validate(item))
        return found

    async def repay_all_of(self, account_id: UUID) -> None:
        """What an account owes is repaid by what it has, now and not when payments comes by; nothing happens if it owes nothing."""
        for receivable in (await self.owed_by(account_id))[:1]:
            path = f"/v1/receivables/{receivable.id}/repayments"
            try:
                await self.transport.call(Call("POST", path, key=f"repay-{new_id().hex}"))
            except Refused as refused:
                if refused.code not in NOTHING_TO_DO:
                    raise
