"""Event types of cards. They carry ids, never a number or a name."""

from pydantic import BaseModel


class CardBound(BaseModel):
    """A bank confirmed a customer's agreement."""

    card_id: str
    customer_id: str
    bank: str
    kind: str


class CardRemoved(CardBound):
    """A customer took a card out of use."""


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.card.bound.v1": CardBound,
    "payments.card.removed.v1": CardRemoved,
}
