"""Event types of top-ups. Amounts in minor units."""

from pydantic import BaseModel


class TopUpEnded(BaseModel):
    """A top-up has its final result. failure_code: None when the money is in the wallet."""

    top_up_id: str
    customer_id: str
    wallet_id: str
    bank: str
    amount: int
    currency: str
    failure_code: str | None
    late: bool


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.top_up.succeeded.v1": TopUpEnded,
    "payments.top_up.failed.v1": TopUpEnded,
}
