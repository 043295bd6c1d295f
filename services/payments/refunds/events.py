"""Event types of refunds. Amounts in minor units."""

from pydantic import BaseModel

from services.payments.orders.events import OrderTold


class RefundTold(OrderTold):
    """amount: of the order; refund_amount: of this refund."""

    refund_id: str
    merchant_refund_number: str
    refund_amount: int


class RefundRedirected(BaseModel):
    """Who paid a part of a trade's order has closed the account: the buyer's wallet has it, or suspense where wallet_id is null."""

    refund_id: str
    order_id: str
    payment_id: str
    payer: str
    amount: int
    currency: str
    wallet_id: str | None


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.refund.pending_funds.v1": RefundTold,
    "payments.refund.succeeded.v1": RefundTold,
    "payments.refund.failed.v1": RefundTold,
    "payments.refund.redirected.v1": RefundRedirected,
}
