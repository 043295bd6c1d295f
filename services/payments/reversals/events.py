"""Event types of reversals. Amounts in minor units."""

from pydantic import BaseModel


class TransferReversed(BaseModel):
    """transfer_id: the one that took money back; rest: of the reversed one, what may still be reversed."""

    transfer_id: str
    reversed_id: str
    amount: int
    rest: int


EVENT_TYPES: dict[str, type[BaseModel]] = {"payments.transfer.reversed.v1": TransferReversed}
