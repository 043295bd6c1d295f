"""Event types of pre-authorisations. Amounts in minor units."""

from pydantic import BaseModel


class PreauthorisationTold(BaseModel):
    """What every event carries. amount: frozen at first; captured: of it so far."""

    preauthorisation_id: str
    merchant_id: str
    merchant_number: str
    buyer_id: str | None
    amount: int
    captured: int
    currency: str


class PreauthorisationCaptured(PreauthorisationTold):
    capture_id: str
    capture_amount: int
    transfer_id: str
    order_id: str


class PreauthorisationEnded(PreauthorisationTold):
    """released: what became the customer's again."""

    reason: str
    released: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.preauthorisation.requested.v1": PreauthorisationTold,
    "payments.preauthorisation.frozen.v1": PreauthorisationTold,
    "payments.preauthorisation.captured.v1": PreauthorisationCaptured,
    "payments.preauthorisation.release_asked.v1": PreauthorisationTold,
    "payments.preauthorisation.release_denied.v1": PreauthorisationTold,
    "payments.preauthorisation.ended.v1": PreauthorisationEnded,
    "payments.preauthorisation.closed.v1": PreauthorisationEnded,
}
