"""Event types of mandates and their debits. Amounts in minor units."""

from pydantic import BaseModel


class MandateTold(BaseModel):
    mandate_id: str
    customer_id: str
    payee: str
    currency: str
    state: str


class DebitTold(BaseModel):
    """planned_on: the day it was announced for; next_on: of the next attempt, where there is one."""

    debit_id: str
    mandate_id: str
    customer_id: str
    payee: str
    number: str
    amount: int
    currency: str
    planned_on: str
    next_on: str | None
    failure_code: str | None
    late: bool


EVENT_TYPES: dict[str, type[BaseModel]] = {
    **{
        f"payments.mandate.{state}.v1": MandateTold
        for state in ("requested", "active", "suspended", "revoked", "expired", "refused")
    },
    **{
        f"payments.mandate_debit.{state}.v1": DebitTold
        for state in ("announced", "retrying", "sent", "succeeded", "failed", "cancelled")
    },
}
