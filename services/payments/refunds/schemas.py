from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.card_returns.model import CardReturnState
from services.payments.card_returns.schemas import CardReturnId
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.schemas import OrderId
from services.payments.refunds.model import Refund, RefundLeg, RefundState

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


class RefundLegAnswer(Answer):
    """What one part of the payment gets back. return_id: of a card's, whose own bank brings it; return_state: how far that is.

    restored_minor: of a card's, what its bank had taken back already: it went to the merchant, who had answered for it.
    """

    payment_id: Annotated[UUID, TypeId("opy")]
    amount: int
    return_id: CardReturnId | None
    return_state: CardReturnState | None
    restored_minor: int


class RefundDetailAnswer(RefundAnswer):
    legs: list[RefundLegAnswer]


def detail_answer(refund: Refund, legs: Sequence[tuple[RefundLeg, CardReturnState | None]]) -> RefundDetailAnswer:
    told = [
        RefundLegAnswer(
            payment_id=leg.payment_id,
            amount=leg.amount,
            return_id=leg.return_id,
            return_state=state,
            restored_minor=leg.restored,
        )
        for leg, state in legs
    ]
    return RefundDetailAnswer(**refund_answer(refund).model_dump(), legs=told)


def refund_answer(refund: Refund) -> RefundAnswer:
    return RefundAnswer.model_validate(refund)
