"""Event types of charges that were too much. Amounts in minor units."""

from pydantic import BaseModel


class SurplusChargeTold(BaseModel):
    """instruction_id: our reference of the charge; channel: who took it, or who returned it."""

    surplus_charge_id: str
    instruction_id: str
    channel: str
    card_id: str
    amount: int
    currency: str
    reason: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.surplus_charge.found.v1": SurplusChargeTold,
    "payments.surplus_charge.returned.v1": SurplusChargeTold,
    "payments.surplus_charge.credited.v1": SurplusChargeTold,
    "payments.surplus_charge.returned_twice.v1": SurplusChargeTold,
}
