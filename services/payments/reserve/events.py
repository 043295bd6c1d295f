"""Event types of the reserve. Amounts in minor units."""

from pydantic import BaseModel


class ProofMade(BaseModel):
    """A day's proof says something that was not said before. difference_minor: what the reserve lacks of others' money, 0 or less."""

    proof_id: str
    day: str
    currency: str
    version: int
    state: str
    reserve_minor: int
    difference_minor: int


class FeeWithdrawalTold(BaseModel):
    """reminders: how often the bank's confirmation was overdue."""

    fee_withdrawal_id: str
    bank: str
    amount: int
    currency: str
    reminders: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.reserve.proof_made.v1": ProofMade,
    "payments.reserve.fee_withdrawal_requested.v1": FeeWithdrawalTold,
    "payments.reserve.fee_withdrawal_paid.v1": FeeWithdrawalTold,
    "payments.reserve.fee_withdrawal_cancelled.v1": FeeWithdrawalTold,
    "payments.reserve.fee_withdrawal_overdue.v1": FeeWithdrawalTold,
}
