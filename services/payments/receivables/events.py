"""Event types of receivables. Amounts in minor units."""

from pydantic import BaseModel


class ReceivableTold(BaseModel):
    """original: the record it goes back to; outstanding: what is still owed."""

    receivable_id: str
    account_id: str
    owner: str
    amount: int
    outstanding: int
    currency: str
    cause: str
    original: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.receivable.incurred.v1": ReceivableTold,
    "payments.receivable.repaid.v1": ReceivableTold,
    "payments.receivable.settled.v1": ReceivableTold,
    "payments.receivable.overdue.v1": ReceivableTold,
    "payments.receivable.written_off.v1": ReceivableTold,
}
