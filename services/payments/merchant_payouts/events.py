"""Event types of payouts to merchants. Amounts in minor units."""

from pydantic import BaseModel


class PayoutEnded(BaseModel):
    """The bank's final word, or a return after it. failure_code: None when it has paid; else the money is on the merchant's balance."""

    payout_id: str
    settlement_id: str
    merchant_id: str
    amount: int
    currency: str
    failure_code: str | None


class PayoutHeldUp(BaseModel):
    """It waits on her balance, and why it could not be batched: told when the reason changes."""

    payout_id: str
    settlement_id: str
    merchant_id: str
    amount: int
    currency: str
    held_up: str


class BatchTold(BaseModel):
    """A batch was closed, so that its file may be fetched, or has ended."""

    batch_id: str
    bank: str
    currency: str
    lines: int
    total_minor: int
    state: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.merchant_payout.paid.v1": PayoutEnded,
    "payments.merchant_payout.failed.v1": PayoutEnded,
    "payments.merchant_payout.returned.v1": PayoutEnded,
    "payments.merchant_payout.held_up.v1": PayoutHeldUp,
    "payments.payout_batch.closed.v1": BatchTold,
    "payments.payout_batch.ended.v1": BatchTold,
}
