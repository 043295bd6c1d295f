from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.model import Order, OrderState
from services.payments.orders.rules import LONGEST_TIMEOUT_SECONDS, SHORTEST_TIMEOUT_SECONDS
from services.payments.wallets.schemas import WalletId

OrderId = Annotated[UUID, TypeId("ord")]
CustomerId = Annotated[UUID, TypeId("cus")]


class CreateOrderRequest(Request):
    """buyer_id: who alone may pay; anyone if left out. timeout_seconds: unpaid after that, the order closes."""

    merchant_id: MerchantId
    merchant_order_number: Annotated[str, Field(min_length=1, max_length=64)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Amount
    currency: Currency
    buyer_id: CustomerId | None = None
    timeout_seconds: Annotated[int, Field(ge=SHORTEST_TIMEOUT_SECONDS, le=LONGEST_TIMEOUT_SECONDS)] = 1800


class PayOrderRequest(Request):
    """amount and currency: what the buyer was shown and agreed to. wallet_id: her wallet in the currency unless given."""

    method: Literal["wallet"]
    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None


class OrderAnswer(Answer):
    id: OrderId
    merchant_id: MerchantId
    merchant_order_number: str
    subject: str
    amount: int
    currency: str
    buyer_id: CustomerId | None
    state: OrderState
    close_reason: str | None
    transfer_id: Annotated[UUID, TypeId("trf")] | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None


def order_answer(order: Order) -> OrderAnswer:
    return OrderAnswer.model_validate(order)
