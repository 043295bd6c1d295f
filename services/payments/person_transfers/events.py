"""Event types of transfers between persons. Amounts in minor units."""

from pydantic import BaseModel


class PersonTransferTold(BaseModel):
    """failure_code: why it was returned. transfer_id: what moved the money, once it has arrived."""

    person_transfer_id: str
    payer_id: str
    payee_id: str
    amount: int
    currency: str
    arrival: str
    failure_code: str | None
    transfer_id: str | None


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.person_transfer.sent.v1": PersonTransferTold,
    "payments.person_transfer.arrived.v1": PersonTransferTold,
    "payments.person_transfer.revoked.v1": PersonTransferTold,
    "payments.person_transfer.returned.v1": PersonTransferTold,
}
