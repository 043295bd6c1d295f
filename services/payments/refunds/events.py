"""Event types of refunds. Amounts in minor units."""

from pydantic import BaseModel

from services.payments.orders.events import OrderTold


class RefundTold(OrderTold):
    """amount: of the order; refund_amount: of this refund."""

    refund_id: str
    merchant_refund_number: str
    refund_amount: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.refund.pending_funds.v1": RefundTold,
    "payments.refund.succeeded.v1": RefundTold,
    "payments.refund.failed.v1": RefundTold,
}
