"""Trades made by the rules alone, in any place that a trade and its refund may be in."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.payments.merchants.model import Merchant
from services.payments.trades import refunding, rules
from services.payments.trades.model import (
    SHIPPING,
    Deal,
    RefundState,
    Trade,
    TradeCategory,
    TradeLine,
    TradeState,
)

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)
DAY = timedelta(days=1)
BUYER = UUID(int=7)
GENERAL = TradeCategory(
    id=UUID(int=1), category="general", valid_from=NOW - 365 * DAY, pay_seconds=86_400, ship_seconds=7 * 86_400,
    confirm_seconds=10 * 86_400, extension_seconds=3 * 86_400, prolongation_seconds=30 * 86_400, answer_seconds=5 * 86_400,
    reconsider_seconds=7 * 86_400, return_seconds=7 * 86_400, inspect_seconds=10 * 86_400, evidence_seconds=7 * 86_400,
    ruling_seconds=15 * 86_400, default_buyer_share=5_000, source="tests", set_by="payments", set_at=NOW,
)  # fmt: skip
MERCHANT = Merchant(UUID(int=2), "cus_seller", "tea", "CNY", UUID(int=3), NOW)


def unpaid(amounts: dict[int, int] | None = None, category: TradeCategory = GENERAL) -> Deal:
    """Two items of 100.00 and 50.01 and a shipping fee of 10.00, or lines of these amounts by number."""
    trade_id = uuid4()
    sold = amounts or {SHIPPING: 1_000, 1: 10_000, 2: 5_001}
    lines = tuple(TradeLine(trade_id, number, f"item {number}", 1, each, each) for number, each in sorted(sold.items()))
    trade = Trade(
        id=trade_id, merchant_id=MERCHANT.id, merchant_trade_number="N-1", subject="tea", category_id=category.id,
        amount=sum(sold.values()), currency="CNY", buyer_id=BUYER, state=TradeState.WAIT_BUYER_PAY, close_reason=None,
        method=None, payer_account_id=None, escrow_account_id=None, payment_transfer_id=None, released=0, refunded=0,
        carrier=None, tracking_number=None, extended=False, prolonged_seconds=0, refunds=0, rest=None, created_at=NOW,
        paid_at=None, shipped_at=None, due_at=NOW + timedelta(seconds=category.pay_seconds), ended_at=None,
    )  # fmt: skip
    return Deal(trade, MERCHANT, category, lines)


def paid(amounts: dict[int, int] | None = None, category: TradeCategory = GENERAL) -> Deal:
    ids = {"escrow_account_id": uuid4(), "transfer_id": uuid4()}
    return rules.paid(unpaid(amounts, category), buyer_id=BUYER, method="wallet", now=NOW, **ids)


def shipped(amounts: dict[int, int] | None = None, category: TradeCategory = GENERAL) -> Deal:
    return rules.shipped(paid(amounts, category), "SF", "SF1", NOW)


def asked(deal: Deal, wanted: dict[int, int | None] | None = None, *, return_goods: bool = False) -> Deal:
    return rules.refund_opened(
        deal, refund_id=uuid4(), wanted=wanted, return_goods=return_goods, reason="broken", now=NOW
    )


def in_refund(state: RefundState, wanted: dict[int, int | None] | None = None) -> Deal:
    """Shipped, with a refund in this state."""
    returning = state in (RefundState.WAIT_BUYER_RETURN_GOODS, RefundState.WAIT_SELLER_CONFIRM_RETURN)
    deal = asked(shipped(), wanted, return_goods=returning)
    assert deal.refund is not None
    if state in (RefundState.SELLER_REFUSED, RefundState.IN_ARBITRATION):
        deal = refunding.refused(deal, deal.refund, "no", (1, False), NOW)
    elif state is RefundState.REFUND_CLOSED:
        return refunding.withdrawn(deal, deal.refund, NOW)
    elif returning or state is RefundState.REFUND_SUCCESS:
        deal = refunding.agreed(deal, deal.refund, NOW)
    assert deal.refund is not None
    if state is RefundState.WAIT_SELLER_CONFIRM_RETURN:
        deal = refunding.sent_back(deal, deal.refund, "SF", "SF2", NOW)
    if state is RefundState.IN_ARBITRATION:
        deal = refunding.escalated(deal, deal.refund, NOW)
    return deal


def finished() -> Deal:
    return rules.confirmed(shipped(), None, NOW)


def closed() -> Deal:
    return rules.timed_out(paid(), NOW)
