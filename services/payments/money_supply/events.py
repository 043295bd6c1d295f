"""Event types of units. Amounts in base units."""

from pydantic import BaseModel


class UnitMade(BaseModel):
    unit: str
    kind: str


class UnitMoved(BaseModel):
    """kind: issue, redeem or mint."""

    movement_id: str
    unit: str
    kind: str
    amount: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.unit.made.v1": UnitMade,
    "payments.unit.issued.v1": UnitMoved,
    "payments.unit.redeemed.v1": UnitMoved,
    "payments.unit.minted.v1": UnitMoved,
}
