"""What accounts of the ledger had at a past instant."""

from datetime import UTC, datetime
from uuid import UUID

from clients.ids import encode
from clients.payments.shapes import BalanceAnswer
from clients.transport import Call, Transport


class PastBalances:
    """Calls over the connection of `PaymentsClient`; errors as there."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def balance(self, account_id: UUID, *, at: datetime) -> BalanceAnswer:
        """As it was after the last transfer at or before that instant. Refused (`account_not_open_then`) before the account was open."""
        params = {"at": at.astimezone(UTC).isoformat()}
        call = Call("GET", f"/v1/accounts/{encode('acc', account_id)}/balance", params=params)
        return BalanceAnswer.model_validate(await self.transport.call(call))
