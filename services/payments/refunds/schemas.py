from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.schemas import OrderId
from services.payments.refunds.model import Refund, RefundState

RefundId = Annotated[UUID, TypeId("rfd")]
RefundNumber = Annotated[str, Field(min_length=1, max_length=64)]


class RefundRequest(Request):
    """merchant_refund_number: the merchant's own; asked again under it, the same refund is answered."""

    merchant_refund_number: RefundNumber
    amount: Amount
    currency: Currency
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class RefundAnswer(Answer):
    """due_at: when it is tried again, expires_at: when it is given up, while it waits for funds."""

    id: RefundId
    order_id: OrderId
    merchant_id: MerchantId
    merchant_refund_number: str
    amount: int
    currency: str
    reason: str
    state: RefundState
    fee_returned: int
    failure_code: str | None
    requested_at: datetime
    due_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None


def refund_answer(refund: Refund) -> RefundAnswer:
    return RefundAnswer.model_validate(refund)
