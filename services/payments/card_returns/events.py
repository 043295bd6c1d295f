"""Event types of returns to cards. Amounts in minor units."""

from pydantic import BaseModel


class CardReturnTold(BaseModel):
    """instruction_id: our reference of the charge; channel: who took it, or who returned it."""

    card_return_id: str
    instruction_id: str
    channel: str
    card_id: str
    amount: int
    currency: str
    reason: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.card_return.waiting.v1": CardReturnTold,
    "payments.card_return.started.v1": CardReturnTold,
    "payments.card_return.returned.v1": CardReturnTold,
    "payments.card_return.credited.v1": CardReturnTold,
    "payments.card_return.returned_twice.v1": CardReturnTold,
}
