"""Event types of persons. They carry ids, never a name or a number."""

from pydantic import BaseModel


class CheckEnded(BaseModel):
    """A source confirmed a customer, or did not: passed, failed or expired."""

    check_id: str
    customer_id: str
    channel: str
    state: str


class HolderProved(BaseModel):
    """A customer proved who she is, and from now on shares the limits of that person."""

    customer_id: str
    holder_id: str


class HolderStep(BaseModel):
    """All wallets of a person were frozen, or released."""

    holder_id: str
    reason: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.holder.check_ended.v1": CheckEnded,
    "payments.holder.proved.v1": HolderProved,
    "payments.holder.frozen.v1": HolderStep,
    "payments.holder.released.v1": HolderStep,
}
