"""Mandates and debits as a payee asks for them: what a customer lets it take from her wallet or card, and when it does."""

from datetime import date
from typing import Literal
from uuid import UUID

from clients.ids import encode
from clients.payments.shapes import DebitAnswer, MandateAnswer
from clients.transport import Call, Transport


class PayeesPayments:
    """Calls with the token of the payee. Ids of mandates and debits are those of the wire (`mdt_…`, `mdb_…`)."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def request_mandate(
        self,
        customer_id: UUID,
        account_id: UUID,
        purpose: str,
        amount: int,
        currency: str,
        valid_until: date,
        *,
        key: str,
        period: Literal["day", "week", "month", "year"] = "year",
        most_in_period: int | None = None,
    ) -> MandateAnswer:
        """Ask her to let the payee take up to `amount` at one time, and in a year, to an account of its own; in another period so much.

        The payee itself tries again, if at all.
        """
        body = {
            "customer_id": encode("cus", customer_id),
            "account_id": encode("acc", account_id),
            "purpose": purpose,
            "currency": currency,
            "max_per_debit": amount,
            "period": period,
            "max_per_period": amount if most_in_period is None else most_in_period,
            "retry_days": [],
            "valid_until": valid_until.isoformat(),
        }
        return MandateAnswer.model_validate(await self.transport.call(Call("POST", "/v1/mandates", body, key=key)))

    async def mandate(self, mandate_id: str) -> MandateAnswer:
        return MandateAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/mandates/{mandate_id}")))

    async def revoke_mandate(self, mandate_id: str, *, key: str) -> MandateAnswer:
        """Nothing is debited under it any more. Revoked twice is revoked."""
        path = f"/v1/mandates/{mandate_id}/revocation"
        return MandateAnswer.model_validate(await self.transport.call(Call("POST", path, key=key)))

    async def request_debit(
        self, mandate_id: str, number: str, amount: int, currency: str, *, key: str, decision: str | None = None
    ) -> DebitAnswer:
        """Take it at once. number: the payee's own; `sent` while the card's bank has not said how it ended.

        decision: `rdc_…`, of a review that a refusal for the same debit told of (`review_required`), once it is approved.
        """
        body = {"number": number, "amount": amount, "currency": currency}
        headers = {} if decision is None else {"sifang-decision": decision}
        call = Call("POST", f"/v1/mandates/{mandate_id}/debits", body, key=key, headers=headers)
        return DebitAnswer.model_validate(await self.transport.call(call))

    async def debit(self, mandate_id: str, debit_id: str) -> DebitAnswer:
        path = f"/v1/mandates/{mandate_id}/debits/{debit_id}"
        return DebitAnswer.model_validate(await self.transport.call(Call("GET", path)))

    async def debits(self, mandate_id: str) -> list[DebitAnswer]:
        """All that were made, or tried, under a mandate, newest first."""
        call = Call("GET", f"/v1/mandates/{mandate_id}/debits", params={"limit": 200})
        return [DebitAnswer.model_validate(item) async for item in self.transport.pages(call)]
