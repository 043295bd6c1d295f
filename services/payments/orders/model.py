"""A merchant's order and its payment."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

ESCROW = "trade_escrow"
"""Kind of the account that an escrow trade is paid into."""


class OrderState(StrEnum):
    """Spelled as Alipay's trade states are."""

    WAIT_BUYER_PAY = "WAIT_BUYER_PAY"
    TRADE_SUCCESS = "TRADE_SUCCESS"
    TRADE_FINISHED = "TRADE_FINISHED"
    """Paid, and its time for refunds is over."""
    TRADE_CLOSED = "TRADE_CLOSED"
    """Never paid, or given back as a whole."""


@dataclass(frozen=True)
class Order:
    """amount, refunded: minor units.

    due_at: unpaid by then, it closes. refund_until: the end of refunds, once paid. refunded: in refunds that have not failed.
    buyer_id: who may pay, anyone if None; who paid, once paid. transfer_id: what paid it, where one transfer did.
    payee_account_id: whom the payment credits, the merchant's proceeds or her account, from its first part on.
    trade_id: of an escrow trade, into whose account it is paid and which alone says what goes back of it.
    """

    id: UUID
    merchant_id: UUID
    merchant_order_number: str
    subject: str
    amount: int
    currency: str
    buyer_id: UUID | None
    state: OrderState
    close_reason: str | None
    transfer_id: UUID | None
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None = None
    paid_at: datetime | None = None
    paid_on: date | None = None
    refund_until: datetime | None = None
    payee_account_id: UUID | None = None
    refunded: int = 0
    parts: int = 0
    """Parts of a payment begun so far, failed ones counted."""
    trade_id: UUID | None = None
    notify_url: str | None = None
    """Told what becomes of the order, beside its merchant's endpoints."""

    @property
    def refundable(self) -> int:
        return self.amount - self.refunded if self.state is OrderState.TRADE_SUCCESS else 0

    @property
    def controls(self) -> frozenset[str]:
        """Kinds of controlled accounts that its payment and its refunds move."""
        return frozenset() if self.trade_id is None else frozenset({ESCROW})


class Method(StrEnum):
    """How a part of an order is paid."""

    WALLET = "wallet"
    CARD = "card"
    CONSUMER_CREDIT = "consumer_credit"
    FUND_BALANCE = "fund_balance"
    VOUCHER = "voucher"
    """Out of the budget of the campaign that issued it."""
    TOKEN = "token"
    """Tokens are burned, and the money held for them pays."""


class PaymentState(StrEnum):
    PENDING = "pending"
    """A bank has been asked and has not given its final word."""
    HELD = "held"
    PAID = "paid"
    FAILED = "failed"
    VOIDED = "voided"
    """Its hold was given back: the order closed, or was paid otherwise."""
    RETURNED = "returned"
    """The bank took it when the order no longer needed it: it is sent back to its card."""


@dataclass(frozen=True)
class OrderPayment:
    """One part of an order's payment. amount, refunded: minor units.

    payer: the party whose account is debited; customer_id: for whom. account_id: of methods that pay from an account here.
    card_id, instruction_id: of cards. position: parts are refunded in this order. preauthorisation_id: what it was captured from.
    """

    id: UUID
    order_id: UUID
    position: int
    method: Method
    payer: str
    customer_id: UUID
    amount: int
    state: PaymentState
    created_at: datetime
    account_id: UUID | None = None
    card_id: UUID | None = None
    instruction_id: UUID | None = None
    hold_id: UUID | None = None
    transfer_id: UUID | None = None
    failure_code: str | None = None
    refunded: int = 0
    ended_at: datetime | None = None
    preauthorisation_id: UUID | None = None
