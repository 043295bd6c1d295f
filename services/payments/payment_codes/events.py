"""Event types of payment codes. Amounts in minor units; the token is never told."""

from pydantic import BaseModel


class PaymentCodeCharged(BaseModel):
    """A merchant charged the customer who showed it. The order tells of the money."""

    payment_code_id: str
    customer_id: str
    merchant_id: str
    order_id: str
    amount: int
    currency: str


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.payment_code.charged.v1": PaymentCodeCharged}
