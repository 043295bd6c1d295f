"""Event types of passes. Amounts in minor units."""

from pydantic import BaseModel


class PassEnded(BaseModel):
    """Money is in the other book, or back. failure_code: why the other book would not take it."""

    pass_id: str
    debit_account_id: str
    credit_account_id: str
    amount: int
    currency: str
    failure_code: str | None


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.pass.completed.v1": PassEnded,
    "payments.pass.returned.v1": PassEnded,
}
