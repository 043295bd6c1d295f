"""Event types of withdrawals. Amounts in minor units."""

from pydantic import BaseModel


class WithdrawalEnded(BaseModel):
    """A withdrawal has its final result. failure_code: None when the bank has paid."""

    withdrawal_id: str
    customer_id: str
    wallet_id: str
    bank: str
    amount: int
    currency: str
    failure_code: str | None
    late: bool


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.withdrawal.succeeded.v1": WithdrawalEnded,
    "payments.withdrawal.failed.v1": WithdrawalEnded,
    "payments.withdrawal.paid_late.v1": WithdrawalEnded,
    "payments.withdrawal.returned.v1": WithdrawalEnded,
}
