"""Passes between books of the ledger, as whoever's money it is asks for them."""

from uuid import UUID

from clients.ids import encode
from clients.payments.shapes import PassAnswer
from clients.transport import Call, Transport


class PayersPasses:
    """Calls with the token of the owner of the account debited; `payments:transfer`."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def make(
        self,
        debit_account_id: UUID,
        credit_account_id: UUID,
        amount: int,
        currency: str,
        *,
        key: str,
        reference: str = "",
    ) -> PassAnswer:
        """From an account of one book into an account of another; the same `key` makes it once. It may be on its way yet."""
        body = {
            "debit_account_id": encode("acc", debit_account_id),
            "credit_account_id": encode("acc", credit_account_id),
            "amount": amount,
            "currency": currency,
            "reference": reference,
        }
        return PassAnswer.model_validate(await self.transport.call(Call("POST", "/v1/passes", body, key=key)))

    async def read(self, pass_id: str) -> PassAnswer:
        """`completed`: it is there; `returned`: the other book refused it, and it is back."""
        return PassAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/passes/{pass_id}")))
