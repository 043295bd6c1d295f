"""Event types of standing deductions. Amounts in minor units."""

from pydantic import BaseModel


class DeductionTold(BaseModel):
    """What happened to a standing deduction. reference: the lender's own. end_code: why it has ended."""

    deduction_id: str
    merchant_id: str
    lender: str
    reference: str
    state: str
    taken_minor: int
    end_code: str | None


class DeductionTaken(BaseModel):
    """A settlement repaid the lender. left_minor: of its cap; with 0 it has ended."""

    deduction_id: str
    merchant_id: str
    lender: str
    reference: str
    settlement_id: str
    amount: int
    left_minor: int


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.deduction.proposed.v1": DeductionTold,
    "payments.deduction.agreed.v1": DeductionTold,
    "payments.deduction.taken.v1": DeductionTaken,
    "payments.deduction.ended.v1": DeductionTold,
}
