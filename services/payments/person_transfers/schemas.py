from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.person_transfers import rules
from services.payments.person_transfers.model import Arrival, PersonTransfer, PersonTransferState
from services.payments.wallets.schemas import WalletId

PersonTransferId = Annotated[UUID, TypeId("ptr")]
CustomerId = Annotated[UUID, TypeId("cus")]
Note = Annotated[str, Field(max_length=rules.LONGEST_NOTE)]


class PersonTransferRequest(Request):
    """The payee by customer or by wallet, and by the name the payer believes: needed where the payee has proved one.

    wallet_id: the payer's; hers in the currency unless given. What arrives later is revocable until then.
    """

    payee_id: CustomerId | None = None
    payee_wallet_id: WalletId | None = None
    payee_name: Annotated[str, Field(min_length=1, max_length=rules.LONGEST_NAME)] | None = None
    amount: Amount
    currency: Currency
    note: Note = ""
    arrival: Annotated[Arrival, Field(strict=False)] = Arrival.AT_ONCE
    wallet_id: WalletId | None = None
    confirmation_id: ConfirmationId | None = None

    @model_validator(mode="after")
    def _one_payee(self) -> Self:
        if (self.payee_id is None) == (self.payee_wallet_id is None):
            raise ValueError("the payee is a customer or a wallet")
        return self


class PersonTransferAnswer(Answer):
    """name_checked: the payee's proved name was said. due_at: when it arrives, and until when it is revocable."""

    id: PersonTransferId
    payer_id: CustomerId
    payee_id: CustomerId
    amount: int
    currency: str
    note: str
    arrival: Arrival
    name_checked: bool
    state: PersonTransferState
    failure_code: str | None
    transfer_id: Annotated[UUID, TypeId("trf")] | None
    made_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class PayeeAnswer(Answer):
    """masked_name: 张**; None where the payee has not proved a name, and then none is asked for."""

    payee_id: CustomerId
    currency: str
    masked_name: str | None


def transfer_answer(transfer: PersonTransfer) -> PersonTransferAnswer:
    return PersonTransferAnswer.model_validate(transfer)
