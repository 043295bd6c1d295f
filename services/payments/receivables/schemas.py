from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.ledger.schemas import AccountId
from services.payments.receivables.model import Cause, Receivable, ReceivableState

ReceivableId = Annotated[UUID, TypeId("rcv")]


class WriteOffRequest(Request):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ReceivableAnswer(Answer):
    """outstanding: still owed; so much is kept on the account, and what comes in repays it. original: the record it goes back to."""

    id: ReceivableId
    account_id: AccountId
    owner: str
    currency: str
    amount: int
    repaid: int
    written_off: int
    outstanding: int
    cause: Cause
    original: str
    state: ReceivableState
    incurred_at: datetime
    due_at: datetime
    ended_at: datetime | None


def receivable_answer(receivable: Receivable) -> ReceivableAnswer:
    return ReceivableAnswer.model_validate(receivable)
