from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.ids import TypeId
from chassis.wire import Amount, AmountOrZero, Answer, Currency, Request
from services.payments.batch_payouts.model import MOST_LINES, Batch, BatchState, Line, LineState, LineWish, Tally
from services.payments.cards.schemas import CardId
from services.payments.merchants.schemas import MerchantId
from services.payments.wallets.schemas import WalletId

BatchId = Annotated[UUID, TypeId("bpo")]
LineId = Annotated[UUID, TypeId("bpl")]
CustomerId = Annotated[UUID, TypeId("cus")]
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Number = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)]


class LineRequest(Request):
    """number: the merchant's own, once in the batch. Just one of wallet_id, customer_id, card_id says who is paid."""

    number: Number
    amount: Amount
    wallet_id: WalletId | None = None
    customer_id: CustomerId | None = None
    card_id: CardId | None = None
    note: Annotated[str, StringConstraints(max_length=100, pattern=PRINTABLE)] = ""

    def wish(self) -> LineWish:
        return LineWish(self.number, self.amount, self.wallet_id, self.customer_id, self.card_id, self.note)


class BatchRequest(Request):
    """number: the merchant's own."""

    merchant_id: MerchantId
    number: Number
    currency: Currency
    lines: Annotated[list[LineRequest], Field(min_length=1, max_length=MOST_LINES)]


class ApprovalRequest(Request):
    """What the approver saw."""

    lines: Annotated[int, Field(ge=1, le=MOST_LINES)]
    total: Amount


class ReissueRequest(Request):
    """To whom a returned line is paid anew; to the same payee where nobody is named."""

    customer_id: CustomerId | None = None
    card_id: CardId | None = None


class TallyAnswer(Answer):
    state: LineState
    lines: int
    amount: int


class BatchAnswer(Answer):
    """leftover: what was not paid and went back to the merchant. tally: how far its lines are, where one batch was asked for."""

    id: BatchId
    merchant_id: MerchantId
    number: str
    currency: str
    lines: int
    total: int
    state: BatchState
    leftover: AmountOrZero
    requested_at: datetime
    approved_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    tally: list[TallyAnswer] | None = None


class LineAnswer(Answer):
    """refusal_code: why it was not paid. due_at: until when a returned line can be paid anew."""

    id: LineId
    number: str
    payee: str
    amount: int
    note: str
    state: LineState
    refusal_code: str | None
    bank: str | None
    late: bool
    due_at: datetime | None
    ended_at: datetime | None


def batch_answer(batch: Batch, tallies: list[Tally] | None = None) -> BatchAnswer:
    facts = {name: getattr(batch, name) for name in BatchAnswer.model_fields if name != "tally"}
    tally = None if tallies is None else [TallyAnswer.model_validate(one) for one in tallies]
    return BatchAnswer(tally=tally, **facts)


def line_answer(line: Line) -> LineAnswer:
    return LineAnswer.model_validate(line)
