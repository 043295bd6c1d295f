"""Custody of clients' money as its owners use it, and as staff ties it out."""

from datetime import date

from clients.p2p.shapes import (
    AuthorisationAnswer,
    AuthorisationConfirmation,
    AuthorisationRequest,
    CustodyAccountAnswer,
    CustodyAccountRequest,
    CustodyPaymentAnswer,
    CustodyPaymentRequest,
    DifferenceAnswer,
    DifferenceClosing,
    TieOutAnswer,
    TieOutList,
)
from clients.shape import Shape
from clients.transport import Call, Transport


class CustodyClients:
    """Calls with a customer's token, over the connection of `P2PClient`; errors as there. Ids are those of the wire."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def open(self, account: CustodyAccountRequest, *, key: str) -> CustodyAccountAnswer:
        """The bank checks who she is. Refused by it: `bank_refuses`; asked again nothing is opened twice."""
        answer = await self.transport.call(_writing("/v1/custody-accounts", account, key))
        return CustodyAccountAnswer.model_validate(answer)

    async def account(self, account_id: str) -> CustodyAccountAnswer:
        """With what is in it, and what of that is available."""
        answer = await self.transport.call(Call("GET", f"/v1/custody-accounts/{account_id}"))
        return CustodyAccountAnswer.model_validate(answer)

    async def accounts(self) -> list[CustodyAccountAnswer]:
        """Newest first."""
        call = Call("GET", "/v1/custody-accounts", params={"limit": 200})
        return [CustodyAccountAnswer.model_validate(one) async for one in self.transport.pages(call)]

    async def authorise(self, account_id: str, wanted: AuthorisationRequest, *, key: str) -> AuthorisationAnswer:
        """Let the platform move her money so; `asked` while the bank has not sent her its code."""
        call = _writing(f"/v1/custody-accounts/{account_id}/authorisations", wanted, key)
        return AuthorisationAnswer.model_validate(await self.transport.call(call))

    async def confirm(self, authorisation_id: str, sms_code: str, *, key: str) -> AuthorisationAnswer:
        """With the code that the bank sent her: `standing`."""
        body = AuthorisationConfirmation(sms_code=sms_code)
        call = _writing(f"/v1/custody-authorisations/{authorisation_id}/confirmation", body, key)
        return AuthorisationAnswer.model_validate(await self.transport.call(call))

    async def revoke(self, authorisation_id: str, *, key: str) -> AuthorisationAnswer:
        """`revoking` until the bank knows; nothing more goes by it at once."""
        call = Call("POST", f"/v1/custody-authorisations/{authorisation_id}/revocation", key=key)
        return AuthorisationAnswer.model_validate(await self.transport.call(call))

    async def authorisations(self) -> list[AuthorisationAnswer]:
        """Newest first, with the state of each."""
        call = Call("GET", "/v1/custody-authorisations", params={"limit": 200})
        return [AuthorisationAnswer.model_validate(one) async for one in self.transport.pages(call)]

    async def top_up(self, account_id: str, payment: CustodyPaymentRequest, *, key: str) -> CustodyPaymentAnswer:
        """From the card she named; `pending` while the bank has not answered."""
        call = _writing(f"/v1/custody-accounts/{account_id}/top-ups", payment, key)
        return CustodyPaymentAnswer.model_validate(await self.transport.call(call))

    async def withdraw(self, account_id: str, payment: CustodyPaymentRequest, *, key: str) -> CustodyPaymentAnswer:
        """To that card; `pending` while the bank has not answered."""
        call = _writing(f"/v1/custody-accounts/{account_id}/withdrawals", payment, key)
        return CustodyPaymentAnswer.model_validate(await self.transport.call(call))

    async def payments(self) -> list[CustodyPaymentAnswer]:
        """Top-ups and withdrawals, newest first."""
        call = Call("GET", "/v1/custody-payments", params={"limit": 200})
        return [CustodyPaymentAnswer.model_validate(one) async for one in self.transport.pages(call)]


class CustodyOperators:
    """Calls with the token of staff (`p2p:operate`)."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def tie_outs(self, bank: str | None = None, before: date | None = None) -> list[TieOutAnswer]:
        """Days that were compared, newest first: at most 31 of them, before a day."""
        until = None if before is None else before.isoformat()
        call = Call("GET", "/v1/custody-tie-outs", params={"bank": bank, "before": until})
        return TieOutList.model_validate(await self.transport.call(call)).items

    async def differences(self, state: str | None = None) -> list[DifferenceAnswer]:
        """Accounts that bank and ledger did not have the same of, newest first; state: `open`, `explained`, `resolved`."""
        call = Call("GET", "/v1/custody-differences", params={"state": state, "limit": 200})
        return [DifferenceAnswer.model_validate(one) async for one in self.transport.pages(call)]

    async def explain(self, difference_id: str, reason: str, *, key: str) -> DifferenceAnswer:
        return await self._close(difference_id, "explanation", reason, key)

    async def resolve(self, difference_id: str, reason: str, *, key: str) -> DifferenceAnswer:
        return await self._close(difference_id, "resolution", reason, key)

    async def _close(self, difference_id: str, how: str, reason: str, key: str) -> DifferenceAnswer:
        call = _writing(f"/v1/custody-differences/{difference_id}/{how}", DifferenceClosing(reason=reason), key)
        return DifferenceAnswer.model_validate(await self.transport.call(call))


def _writing(path: str, body: Shape, key: str) -> Call:
    return Call("POST", path, body.model_dump(mode="json", exclude_none=True), key=key)
