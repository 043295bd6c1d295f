from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.ledger.schemas import AccountId, Reference, TransferId
from services.payments.passes.model import Pass, PassState

PassId = Annotated[UUID, TypeId("pas")]


class PassRequest(Request):
    """From an account of one book into an account of another."""

    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: Amount
    currency: Currency
    reference: Reference = ""


class PassAnswer(Answer):
    """`completed`: the money is there; `returned`: the other book refused it, `failure_code` says why, and it is back."""

    id: PassId
    debit_account_id: AccountId
    credit_account_id: AccountId
    amount: int
    currency: str
    reference: str
    state: PassState
    failure_code: str | None
    hold_id: TransferId
    delivery_id: TransferId
    requested_at: datetime
    ended_at: datetime | None


def pass_answer(one: Pass) -> PassAnswer:
    return PassAnswer.model_validate(one)
