"""An escrow trade (担保交易): the buyer's money is held until she has her goods, or goes back to her.

Amounts in minor units. `Deal` is all that is decided on together; its rules answer a new one, and money moves by the difference.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.payments.merchants.model import Merchant

SHIPPING = 0
"""Number of the line that is the shipping fee; items are numbered from 1."""
WHOLE_SHARE = 10_000
"""Shares of a default split are in basis points."""


class TradeState(StrEnum):
    """Spelled as Alipay's are."""

    WAIT_BUYER_PAY = "WAIT_BUYER_PAY"
    WAIT_SELLER_SEND_GOODS = "WAIT_SELLER_SEND_GOODS"
    WAIT_BUYER_CONFIRM_GOODS = "WAIT_BUYER_CONFIRM_GOODS"
    TRADE_FINISHED = "TRADE_FINISHED"
    TRADE_CLOSED = "TRADE_CLOSED"


class TradeEvent(StrEnum):
    """What a party may want of a trade. Time itself is no party: see `rules.timed_out`."""

    PAY = "pay"
    CLOSE = "close"
    SHIP = "ship"
    CONFIRM = "confirm"
    CONFIRM_ITEMS = "confirm_items"
    EXTEND = "extend"
    PROLONG = "prolong"
    OPEN_REFUND = "open_refund"


class RefundState(StrEnum):
    WAIT_SELLER_AGREE = "WAIT_SELLER_AGREE"
    SELLER_REFUSED = "SELLER_REFUSED"
    WAIT_BUYER_RETURN_GOODS = "WAIT_BUYER_RETURN_GOODS"
    WAIT_SELLER_CONFIRM_RETURN = "WAIT_SELLER_CONFIRM_RETURN"
    IN_ARBITRATION = "IN_ARBITRATION"
    REFUND_SUCCESS = "REFUND_SUCCESS"
    REFUND_CLOSED = "REFUND_CLOSED"


class RefundEvent(StrEnum):
    AGREE = "agree"
    REFUSE = "refuse"
    ACCEPT_PROPOSAL = "accept_proposal"
    ESCALATE = "escalate"
    WITHDRAW = "withdraw"
    SEND_BACK = "send_back"
    CONFIRM_RETURN = "confirm_return"
    REFUSE_RETURN = "refuse_return"
    GIVE_EVIDENCE = "give_evidence"
    RULE = "rule"


class Party(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    ARBITER = "arbiter"


class CloseReason(StrEnum):
    """Why a trade ended with nothing for the seller."""

    BUYER = "buyer"
    SELLER = "seller"
    UNPAID = "unpaid"
    NOT_SHIPPED = "not_shipped"
    REFUNDED = "refunded"


class Outcome(StrEnum):
    """What ended a refund."""

    AGREED = "agreed"
    SELLER_SILENT = "seller_silent"
    RETURN_CONFIRMED = "return_confirmed"
    RETURN_UNANSWERED = "return_unanswered"
    RULED = "ruled"
    DEFAULT_SPLIT = "default_split"
    WITHDRAWN = "withdrawn"
    BUYER_SILENT = "buyer_silent"
    NOT_RETURNED = "not_returned"


@dataclass(frozen=True)
class TradeCategory:
    """How long each party of a trade has, by kind of goods, from `valid_from` until the next version of the category.

    prolongation_seconds: by how much the seller may prolong the buyer's time in all; reconsider_seconds: the buyer's answer to a refusal;
    inspect_seconds: the seller's look at what came back; default_buyer_share: of what is in dispute, in basis points, when nobody rules;
    source: where these figures are from.
    """

    id: UUID
    category: str
    valid_from: datetime
    pay_seconds: int
    ship_seconds: int
    confirm_seconds: int
    extension_seconds: int
    prolongation_seconds: int
    answer_seconds: int
    reconsider_seconds: int
    return_seconds: int
    inspect_seconds: int
    evidence_seconds: int
    ruling_seconds: int
    default_buyer_share: int
    source: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class Trade:
    """buyer_id: who may pay, anyone if None; who paid, once paid. due_at: when its state, or that of its open refund, ends by itself.

    method: how its order was paid, `split` in several parts; payment_transfer_id: by which transfer, where it was one. payer_account_id:
    of a trade that was paid before these had orders: where refunds go. rest: what was left of the trade's own time when the open refund
    stopped it. refunds: how many there have been.
    """

    id: UUID
    merchant_id: UUID
    merchant_trade_number: str
    subject: str
    category_id: UUID
    amount: int
    currency: str
    buyer_id: UUID | None
    state: TradeState
    close_reason: CloseReason | None
    method: str | None
    payer_account_id: UUID | None
    escrow_account_id: UUID | None
    payment_transfer_id: UUID | None
    released: int
    refunded: int
    carrier: str | None
    tracking_number: str | None
    extended: bool
    prolonged_seconds: int
    refunds: int
    rest: timedelta | None
    created_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None

    @property
    def held(self) -> int:
        return self.amount - self.released - self.refunded if self.paid_at else 0


@dataclass(frozen=True)
class TradeLine:
    """An item, or the shipping fee. amount: quantity times unit price; what of it was released and refunded."""

    trade_id: UUID
    number: int
    name: str
    quantity: int
    unit_price: int
    amount: int
    released: int = 0
    refunded: int = 0

    @property
    def held(self) -> int:
        return self.amount - self.released - self.refunded


@dataclass(frozen=True)
class Refund:
    """A refund of a trade, whole or part. lines: number of the line → what was asked of it, in all `asked`.

    amount: what it is about now: what was asked, or the seller's proposal once accepted; at its end buyer_amount + seller_amount is this,
    or neither is told because nothing moved. evidence_due_at: until when evidence is taken once an arbiter decides.
    """

    id: UUID
    trade_id: UUID
    number: int
    state: RefundState
    lines: dict[int, int]
    asked: int
    amount: int
    return_goods: bool
    reason: str
    refusal_reason: str | None
    proposed_amount: int | None
    proposed_return: bool | None
    return_carrier: str | None
    return_tracking_number: str | None
    evidence_due_at: datetime | None
    outcome: Outcome | None
    buyer_amount: int | None
    seller_amount: int | None
    ruled_by: str | None
    ruling_reason: str | None
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Evidence:
    """What a party says of a refund. file_hash: SHA-256 in hex of a file that the party keeps; size in bytes."""

    id: UUID
    refund_id: UUID
    party: Party
    text: str
    file_hash: str | None
    media_type: str | None
    file_size: int | None
    given_at: datetime


@dataclass(frozen=True)
class Deal:
    """A trade with all that is decided on together. refund: the open one; in what a rule answers also the one just ended.

    order_id: the order that pays it; none of a trade paid before these had orders.
    """

    trade: Trade
    merchant: Merchant
    category: TradeCategory
    lines: tuple[TradeLine, ...]
    refund: Refund | None = None
    order_id: UUID | None = None

    @property
    def open_refund(self) -> Refund | None:
        return self.refund if self.refund is not None and self.refund.ended_at is None else None
