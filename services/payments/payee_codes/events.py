"""Event types of payee codes. Amounts in minor units."""

from pydantic import BaseModel


class PayeeCodeTold(BaseModel):
    payee_code_id: str
    owner: str
    merchant_id: str | None
    currency: str


class PayeeCodePaid(PayeeCodeTold):
    """Either an order of the merchant's or a transfer to the person."""

    code_payment_id: str
    payer_id: str
    amount: int
    order_id: str | None
    person_transfer_id: str | None


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.payee_code.opened.v1": PayeeCodeTold,
    "payments.payee_code.revoked.v1": PayeeCodeTold,
    "payments.payee_code.paid.v1": PayeeCodePaid,
}
