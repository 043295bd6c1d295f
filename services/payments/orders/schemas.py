from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from chassis.ids import TypeId
from chassis.webhooks import LONGEST_URL
from chassis.wire import Amount, Answer, Currency, Request
from services.payments.campaigns.schemas import VoucherId
from services.payments.card_returns.model import CardReturnState
from services.payments.card_returns.schemas import CardReturnId
from services.payments.cards.schemas import CardId
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.merchants.schemas import MerchantId
from services.payments.orders.model import Method, Order, OrderPayment, OrderState, PaymentState
from services.payments.orders.rules import DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS, SHORTEST_TIMEOUT_SECONDS
from services.payments.wallets.schemas import WalletId

MOST_VOUCHERS = 5
OrderId = Annotated[UUID, TypeId("ord")]
CustomerId = Annotated[UUID, TypeId("cus")]


class CreateOrderRequest(Request):
    """buyer_id: who alone may pay; anyone if left out. timeout_seconds: unpaid after that, the order closes. notify_url: told
    what becomes of it (paid, closed, finished, refunded) as an endpoint would be, signed with the secret of the merchant's oldest endpoint.
    """

    merchant_id: MerchantId
    merchant_order_number: Annotated[str, Field(min_length=1, max_length=64)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Amount
    currency: Currency
    buyer_id: CustomerId | None = None
    timeout_seconds: Annotated[int, Field(ge=SHORTEST_TIMEOUT_SECONDS, le=LONGEST_TIMEOUT_SECONDS)] = (
        DEFAULT_TIMEOUT_SECONDS
    )
    notify_url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)] | None = None


class PayOrderRequest(Request):
    """amount and currency: what the buyer was shown and agreed to: all that is left to pay, or, if partial, less of it.

    wallet_id: her wallet in the currency unless given. account_id: of the service that finances her, for consumer_credit and fund_balance.
    A part is held until the last one is there; then all move at once. voucher_ids: the buyer's vouchers (满减券), with a wallet's part that
    is the last: amount is then what they leave to pay. confirmation_id: of a wallet's part that she confirmed by her payment
    password; without it less may be paid a day.
    """

    method: Literal["wallet", "consumer_credit", "fund_balance"]
    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None
    account_id: Annotated[UUID, TypeId("acc")] | None = None
    partial: bool = False
    voucher_ids: Annotated[list[VoucherId], Field(max_length=MOST_VOUCHERS, default_factory=list)]
    confirmation_id: ConfirmationId | None = None

    @model_validator(mode="after")
    def _fits_its_method(self) -> "PayOrderRequest":
        if (self.method in ("consumer_credit", "fund_balance")) != (self.account_id is not None):
            raise ValueError("account_id is given with consumer_credit and fund_balance, and only there")
        if self.method != "wallet" and (self.wallet_id or self.voucher_ids or self.confirmation_id):
            raise ValueError("wallet_id, voucher_ids and confirmation_id are given with wallet only")
        if self.voucher_ids and self.partial:
            raise ValueError("vouchers are used with the last part of a payment")
        return self


class CardPaymentRequest(Request):
    """amount and currency: all that is left to pay. card_id: a bound card of the buyer's."""

    card_id: CardId
    amount: Amount
    currency: Currency


class OrderAnswer(Answer):
    """fee_minor: what the merchant paid for it, once it is settled. trade_id: the escrow trade that it pays."""

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
    paid_at: datetime | None
    paid_on: date | None
    refund_until: datetime | None
    refunded: int
    fee_minor: int | None
    trade_id: Annotated[UUID, TypeId("trd")] | None
    ended_at: datetime | None


class OrderPaymentAnswer(Answer):
    """One part of an order's payment. refunded: minor units given back of it. preauthorisation_id: what it was captured from.

    return_id: of what brings a card's money back that came when the order needed it no more; return_state: how far that is.
    """

    id: Annotated[UUID, TypeId("opy")]
    order_id: OrderId
    position: int
    method: Method
    customer_id: CustomerId
    amount: int
    state: PaymentState
    failure_code: str | None
    hold_id: Annotated[UUID, TypeId("trf")] | None
    transfer_id: Annotated[UUID, TypeId("trf")] | None
    preauthorisation_id: Annotated[UUID, TypeId("pre")] | None
    refunded: int
    created_at: datetime
    ended_at: datetime | None
    return_id: CardReturnId | None = None
    return_state: CardReturnState | None = None


class OrderPaymentsAnswer(Answer):
    """All of them: an order has few."""

    items: list[OrderPaymentAnswer]


def payment_answer(payment: OrderPayment) -> OrderPaymentAnswer:
    return OrderPaymentAnswer.model_validate(payment)


def part_answer(payment: OrderPayment, back: tuple[UUID, CardReturnState] | None) -> OrderPaymentAnswer:
    if back is None:
        return payment_answer(payment)
    return payment_answer(payment).model_copy(update={"return_id": back[0], "return_state": back[1]})


def order_answer(order: Order, fee_minor: int | None = None) -> OrderAnswer:
    return OrderAnswer.model_validate(vars(order) | {"fee_minor": fee_minor})
