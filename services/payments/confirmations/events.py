"""Event types of confirmations. The password is in none of them."""

from pydantic import BaseModel


class PaymentPasswordSet(BaseModel):
    customer_id: str


class PaymentPasswordCleared(PaymentPasswordSet):
    """by: the operator."""

    by: str
    reason: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.payment_password.set.v1": PaymentPasswordSet,
    "payments.payment_password.cleared.v1": PaymentPasswordCleared,
}
