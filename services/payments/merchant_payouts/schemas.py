from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Request
from services.payments.merchant_payouts.model import (
    LARGEST_REPORT,
    Batch,
    BatchState,
    Line,
    LineState,
    Payout,
    PayoutAccount,
    PayoutState,
)

MerchantId = Annotated[UUID, TypeId("mer")]
PayoutAccountId = Annotated[UUID, TypeId("pac")]
PayoutId = Annotated[UUID, TypeId("mpo")]
BatchId = Annotated[UUID, TypeId("pba")]


class PayoutAccountRequest(Request):
    holder_name: Annotated[str, Field(pattern=r"^[^\x00-\x1f<>&\"]{1,70}$")]
    bank: Annotated[str, Field(pattern=r"^[A-Z]{2,12}$", examples=["ICBC"])]
    number: Annotated[str, Field(pattern=r"^[0-9A-Z]{6,34}$")]


class PayoutAccountAnswer(Answer):
    id: PayoutAccountId
    merchant_id: MerchantId
    bank: str
    masked: str
    added_at: datetime


class MerchantPayoutAnswer(Answer):
    """`waiting`: for the next batch. due_at: when it may be batched; held_up: why it could not when it was last tried."""

    id: PayoutId
    settlement_id: Annotated[UUID, TypeId("stl")]
    merchant_id: MerchantId
    payout_account_id: PayoutAccountId
    bank: str
    currency: str
    amount: int
    state: PayoutState
    due_at: datetime | None
    failure_code: str | None
    ended_at: datetime | None
    held_up: str | None


class ReissueRequest(Request):
    """payout_account_id: another one of the merchant's; null: the one it went to before."""

    payout_account_id: PayoutAccountId | None = None


class PayoutBatchAnswer(Answer):
    """due_at: by when the bank should have answered. sent_as: how a channel carries it, null where operators hand the file over.

    asked: turns without an end so far; query_at: the next one; detail: what the last one told.
    """

    id: BatchId
    bank: str
    currency: str
    number: int
    message_id: str
    execute_on: date
    lines: int
    total_minor: int
    state: BatchState
    closed_at: datetime
    due_at: datetime | None
    submitted_at: datetime | None
    ended_at: datetime | None
    sent_as: str | None
    asked: int
    query_at: datetime | None
    detail: str | None


class PayoutLineAnswer(Answer):
    position: int
    payout_id: PayoutId
    end_to_end_id: str
    amount: int
    state: LineState
    bank_code: str | None


class PayoutLinesAnswer(Answer):
    """At most a thousand: a batch is a file."""

    items: list[PayoutLineAnswer]


class BankReportRequest(Request):
    """document: the bank's pain.002, as text."""

    document: Annotated[str, Field(min_length=1, max_length=LARGEST_REPORT)]


def payout_account_answer(account: PayoutAccount) -> PayoutAccountAnswer:
    return PayoutAccountAnswer.model_validate(account)


def payout_answer(payout: Payout) -> MerchantPayoutAnswer:
    return MerchantPayoutAnswer.model_validate(payout)


def batch_answer(batch: Batch) -> PayoutBatchAnswer:
    return PayoutBatchAnswer.model_validate(batch)


def lines_answer(lines: list[Line]) -> PayoutLinesAnswer:
    return PayoutLinesAnswer(items=[PayoutLineAnswer.model_validate(line) for line in lines])
