"""Event types of settlement. Amounts in minor units."""

from pydantic import BaseModel


class ContractSigned(BaseModel):
    """A merchant's terms from a day on."""

    contract_id: str
    merchant_id: str
    owner: str
    fee_plan_id: str
    effective_on: str


class SettlementCompleted(BaseModel):
    """Proceeds of a merchant have been divided; what is hers is on its way to her."""

    settlement_id: str
    merchant_id: str
    owner: str
    currency: str
    window_on: str
    orders: int
    gross_minor: int
    refunded_minor: int
    fee_minor: int
    shares_minor: int
    receivable_minor: int
    deductions_minor: int
    reserve_minor: int
    net_minor: int


class PassedOver(BaseModel):
    """A merchant's proceeds could not be divided; they wait for her next day. code: why."""

    merchant_id: str
    owner: str
    window_on: str
    code: str


class ReserveReleased(BaseModel):
    """What was kept back of a settlement, less what refunds took of it, is the merchant's."""

    settlement_id: str
    merchant_id: str
    amount: int
    currency: str


class RefundAdvanced(BaseModel):
    """The platform paid what the merchant lacked for a refund; her next settlements repay it."""

    receivable_id: str
    merchant_id: str
    order_id: str
    amount: int
    currency: str


EVENT_TYPES: dict[str, type[BaseModel]] = {
    "payments.settlement.contract_signed.v1": ContractSigned,
    "payments.settlement.completed.v1": SettlementCompleted,
    "payments.settlement.passed_over.v1": PassedOver,
    "payments.settlement.reserve_released.v1": ReserveReleased,
    "payments.settlement.refund_advanced.v1": RefundAdvanced,
}
