from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import AmountOrZero, Answer, Currency, Day, Request
from services.payments.orders.schemas import OrderId
from services.payments.payment_codes.model import Cap, Opened, PaymentCode

PaymentCodeId = Annotated[UUID, TypeId("pcd")]


class ChargeRequest(Request):
    order_id: OrderId


class CapRequest(Request):
    """amount: the largest payment without confirmation; 0: every payment is confirmed."""

    currency: Currency
    from_on: Day
    amount: AmountOrZero
    source: Annotated[str, Field(min_length=1, max_length=300)]


class PaymentCodeAnswer(Answer):
    """order_id, amount and currency: of the charge. The instants are real time."""

    id: PaymentCodeId
    state: str
    order_id: OrderId | None
    amount: int | None
    currency: str | None
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class OpenedAnswer(Answer):
    """token: 18 digits, for a barcode; payload: the same as an EMV consumer-presented code. Both stand in this answer alone."""

    payment_code: PaymentCodeAnswer
    token: str
    payload: str


class CapAnswer(Answer):
    currency: str
    from_on: date
    amount: int
    source: str
    set_by: str


def code_answer(code: PaymentCode) -> PaymentCodeAnswer:
    return PaymentCodeAnswer.model_validate(code)


def opened_answer(opened: Opened, payload: str) -> OpenedAnswer:
    return OpenedAnswer(payment_code=code_answer(opened.code), token=opened.token, payload=payload)


def cap_answer(cap: Cap) -> CapAnswer:
    return CapAnswer.model_validate(cap)
