"""Event types of tokens in customers' hands. Amounts in the token's base units."""

from pydantic import BaseModel


class TokenDealt(BaseModel):
    """kind: purchase, payment, redemption or gift. counterparty_id: who got a gift; order_id: what a payment paid."""

    deal_id: str
    kind: str
    unit: str
    customer_id: str
    amount: int
    counterparty_id: str | None
    order_id: str | None


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.token.dealt.v1": TokenDealt}
