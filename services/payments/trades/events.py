"""Event types of escrow trades. Amounts in minor units."""

from pydantic import BaseModel


class TradeTold(BaseModel):
    """What every event of a trade carries: its sums after it."""

    trade_id: str
    merchant_id: str
    merchant_trade_number: str
    buyer_id: str | None
    state: str
    amount: int
    released: int
    refunded: int
    currency: str


class TradeMoved(TradeTold):
    """Money left the escrow account. moved: how much by this transfer."""

    moved: int
    transfer_id: str


class TradeClosed(TradeTold):
    """Nothing went to the seller."""

    reason: str


class TradeRefundTold(TradeTold):
    """refund_amount: what the refund is about; the parts of it, once it has ended and money moved."""

    refund_id: str
    refund_state: str
    refund_amount: int
    outcome: str | None
    buyer_amount: int | None
    seller_amount: int | None


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.trade.created.v1": TradeTold,
    "payments.trade.paid.v1": TradeTold,
    "payments.trade.shipped.v1": TradeTold,
    "payments.trade.extended.v1": TradeTold,
    "payments.trade.released.v1": TradeMoved,
    "payments.trade.refunded.v1": TradeMoved,
    "payments.trade.finished.v1": TradeTold,
    "payments.trade.closed.v1": TradeClosed,
    "payments.trade_refund.opened.v1": TradeRefundTold,
    "payments.trade_refund.answered.v1": TradeRefundTold,
    "payments.trade_refund.escalated.v1": TradeRefundTold,
    "payments.trade_refund.sent_back.v1": TradeRefundTold,
    "payments.trade_refund.ended.v1": TradeRefundTold,
    "payments.trade_refund.ruling_overdue.v1": TradeRefundTold,
}
