"""Event types of batch payouts. Amounts in minor units."""

from pydantic import BaseModel


class BatchTold(BaseModel):
    """leftover: what was not paid and is with the merchant again."""

    batch_payout_id: str
    merchant_id: str
    number: str
    lines: int
    total: int
    leftover: int
    currency: str


class LineTold(BaseModel):
    """A line came back from the payee's bank, or was paid after it had been given up."""

    line_id: str
    batch_payout_id: str
    number: str
    amount: int
    currency: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.batch_payout.awaiting_approval.v1": BatchTold,
    "payments.batch_payout.paying.v1": BatchTold,
    "payments.batch_payout.finished.v1": BatchTold,
    "payments.batch_payout.cancelled.v1": BatchTold,
    "payments.batch_payout.line_returned.v1": LineTold,
    "payments.batch_payout.line_paid_late.v1": LineTold,
}
