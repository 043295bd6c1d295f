from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from chassis.ids import TypeId
from chassis.wire import Amount, AmountOrZero, Answer, Currency, Instant, Request
from services.payments.confirmations.schemas import ConfirmationId
from services.payments.merchants.schemas import MerchantId
from services.payments.trades.model import (
    WHOLE_SHARE,
    CloseReason,
    Deal,
    Evidence,
    Outcome,
    Party,
    Refund,
    RefundState,
    TradeCategory,
    TradeState,
)
from services.payments.wallets.schemas import WalletId

TradeId = Annotated[UUID, TypeId("trd")]
RefundId = Annotated[UUID, TypeId("trr")]
CustomerId = Annotated[UUID, TypeId("cus")]
CategoryCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["general"])]
MOST_ITEMS = 100
ItemNumber = Annotated[int, Field(ge=1, le=MOST_ITEMS)]
Seconds = Annotated[int, Field(ge=60, le=366 * 86_400)]
SecondsOrNone = Annotated[int, Field(ge=0, le=366 * 86_400)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Carrier = Annotated[str, Field(min_length=1, max_length=60)]
TrackingNumber = Annotated[str, Field(min_length=1, max_length=64)]
MediaType = Literal["application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain", "video/mp4"]
LARGEST_FILE = 20 * 2**20


class TradeItemRequest(Request):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]
    unit_price: Amount


class CreateTradeRequest(Request):
    """Items are numbered from 1 in their order. buyer_id: who alone may pay; anyone if left out."""

    merchant_id: MerchantId
    merchant_trade_number: Annotated[str, Field(min_length=1, max_length=64)]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    category: CategoryCode = "general"
    items: Annotated[list[TradeItemRequest], Field(min_length=1, max_length=MOST_ITEMS)]
    shipping_fee: AmountOrZero = 0
    currency: Currency
    buyer_id: CustomerId | None = None


class PayTradeRequest(Request):
    """amount and currency: what the buyer was shown and agreed to. wallet_id: her wallet in the currency unless given.

    Any other way that orders know, and several together: at the trade's order, `/v1/orders/{order_id}/payments` and `…/card-payments`.
    """

    method: Literal["wallet"]
    amount: Amount
    currency: Currency
    wallet_id: WalletId | None = None
    confirmation_id: ConfirmationId | None = None


class ShipTradeRequest(Request):
    """Both may be left out where nothing travels."""

    carrier: Carrier | None = None
    tracking_number: TrackingNumber | None = None


class ConfirmTradeRequest(Request):
    """items: numbers of those received; all that is held if left out."""

    items: Annotated[list[ItemNumber], Field(min_length=1, max_length=MOST_ITEMS)] | None = None


class ProlongTradeRequest(Request):
    seconds: Seconds


class TradeRefundItemRequest(Request):
    """number: 0 is the shipping fee. amount: all that is held for it if left out."""

    number: Annotated[int, Field(ge=0, le=MOST_ITEMS)]
    amount: Amount | None = None


class OpenTradeRefundRequest(Request):
    """items: what it is about; all that is held if left out. return_goods: the goods go back first."""

    reason: Reason
    items: Annotated[list[TradeRefundItemRequest], Field(min_length=1, max_length=MOST_ITEMS + 1)] | None = None
    return_goods: bool = False

    @model_validator(mode="after")
    def _each_once(self) -> "OpenTradeRefundRequest":
        numbers = [item.number for item in self.items or []]
        if len(set(numbers)) < len(numbers):
            raise ValueError("an item is named twice")
        return self

    def wanted(self) -> dict[int, int | None] | None:
        return None if self.items is None else {item.number: item.amount for item in self.items}


class TradeProposalRequest(Request):
    amount: Amount
    return_goods: bool = False


class RefuseTradeRefundRequest(Request):
    """proposal: what the seller would pay instead."""

    reason: Reason
    proposal: TradeProposalRequest | None = None


class ReturnTradeGoodsRequest(Request):
    carrier: Carrier
    tracking_number: TrackingNumber


class RefuseTradeReturnRequest(Request):
    reason: Reason


class TradeRulingRequest(Request):
    """The two parts add up to what is in dispute, `amount` of the refund."""

    buyer_amount: AmountOrZero
    seller_amount: AmountOrZero
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class TradeEvidenceFile(Request):
    """The file stays with the party; its hash says later that it is the same. size: in bytes."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    media_type: MediaType
    size: Annotated[int, Field(ge=1, le=LARGEST_FILE)]


class TradeEvidenceRequest(Request):
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    file: TradeEvidenceFile | None = None


class CategoryTimes(Request):
    """How long each party has, in seconds. See `trades/model.py`, TradeCategory."""

    pay_seconds: Seconds
    ship_seconds: Seconds
    confirm_seconds: Seconds
    extension_seconds: SecondsOrNone
    prolongation_seconds: SecondsOrNone
    answer_seconds: Seconds
    reconsider_seconds: Seconds
    return_seconds: Seconds
    inspect_seconds: Seconds
    evidence_seconds: Seconds
    ruling_seconds: Seconds


class SetTradeCategoryRequest(CategoryTimes):
    """valid_from: now if left out. default_buyer_share: in basis points, of what is in dispute when nobody rules.

    source: where the figures are from."""

    valid_from: Instant | None = None
    default_buyer_share: Annotated[int, Field(ge=0, le=WHOLE_SHARE)]
    source: Reason

    def times(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in CategoryTimes.model_fields}


class TradeCategoryAnswer(Answer):
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


class TradeRefundItemAnswer(Answer):
    number: int
    amount: int


class TradeRefundAnswer(Answer):
    """items: what was asked of each, in all `asked`; amount: what it is about now. due_at: when its state ends by itself."""

    id: RefundId
    trade_id: TradeId
    number: int
    state: RefundState
    items: list[TradeRefundItemAnswer]
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
    ruling_reason: str | None
    opened_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class TradeItemAnswer(Answer):
    """number 0: the shipping fee."""

    number: int
    name: str
    quantity: int
    unit_price: int
    amount: int
    released: int
    refunded: int


class TradeAnswer(Answer):
    """order_id: what asks for the price. held: in escrow now. refund: the open one, if there is one; `due_at` is then its deadline, and
    `rest_seconds` what the trade's own time had left when it began, floored."""

    id: TradeId
    merchant_id: MerchantId
    merchant_trade_number: str
    subject: str
    category: str
    amount: int
    currency: str
    buyer_id: CustomerId | None
    state: TradeState
    close_reason: CloseReason | None
    order_id: Annotated[UUID, TypeId("ord")] | None
    method: str | None
    payment_transfer_id: Annotated[UUID, TypeId("trf")] | None
    held: int
    released: int
    refunded: int
    items: list[TradeItemAnswer]
    refund: TradeRefundAnswer | None
    carrier: str | None
    tracking_number: str | None
    extended: bool
    prolonged_seconds: int
    rest_seconds: int | None
    created_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None


class TradeEvidenceAnswer(Answer):
    id: Annotated[UUID, TypeId("tre")]
    refund_id: RefundId
    party: Party
    text: str
    file: TradeEvidenceFile | None
    given_at: datetime


def trade_answer(deal: Deal) -> TradeAnswer:
    trade, refund = deal.trade, deal.open_refund
    told = {name: getattr(trade, name) for name in TradeAnswer.model_fields if hasattr(trade, name)}
    return TradeAnswer.model_validate(
        told
        | {
            "category": deal.category.category,
            "order_id": deal.order_id,
            "items": [TradeItemAnswer.model_validate(line) for line in deal.lines],
            "refund": None if refund is None else refund_answer(refund, trade.due_at),
            "rest_seconds": None if trade.rest is None else int(trade.rest.total_seconds()),
        }
    )


def refund_answer(refund: Refund, due_at: datetime | None) -> TradeRefundAnswer:
    """due_at: its trade's."""
    told = {name: getattr(refund, name) for name in TradeRefundAnswer.model_fields if hasattr(refund, name)}
    items = [TradeRefundItemAnswer(number=number, amount=amount) for number, amount in sorted(refund.lines.items())]
    due_at = due_at if refund.ended_at is None else None
    return TradeRefundAnswer.model_validate(told | {"items": items, "due_at": due_at})


def changed_refund_answer(deal: Deal) -> TradeRefundAnswer:
    """Of the refund that a story is about."""
    assert deal.refund is not None
    return refund_answer(deal.refund, deal.trade.due_at)


def evidence_answer(evidence: Evidence) -> TradeEvidenceAnswer:
    file = None
    if evidence.file_hash is not None:
        file = {"sha256": evidence.file_hash, "media_type": evidence.media_type, "size": evidence.file_size}
    told = {name: getattr(evidence, name) for name in ("id", "refund_id", "party", "text", "given_at")}
    return TradeEvidenceAnswer.model_validate(told | {"file": file})


def category_answer(category: TradeCategory) -> TradeCategoryAnswer:
    return TradeCategoryAnswer.model_validate(category)
