from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Answer, Day, Rate, Request, time_of_day
from services.payments.fee_plans.schemas import FeePlanId, Portion, portion
from services.payments.settlement.model import Contract, PayoutWay, RefundPolicy, Settlement

MerchantId = Annotated[UUID, TypeId("mer")]
ContractId = Annotated[UUID, TypeId("stc")]
SettlementId = Annotated[UUID, TypeId("stl")]
PayoutAccountId = Annotated[UUID, TypeId("pac")]
CutOff = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["22:00"])]


class MerchantContractRequest(Request):
    """Without effective_on: from the first day it may hold. cycle_days: n of T+n, on business days. cut_off: local time of day.

    reserve_rate, reserve_days: what is kept back of proceeds, and for how long. share_limit: of an order, for receivers of shares.
    """

    fee_plan_id: FeePlanId
    effective_on: Day | None = None
    cycle_days: Annotated[int, Field(ge=0, le=30)] = 1
    cut_off: CutOff = "24:00"
    reserve_rate: Portion = Decimal(0)
    reserve_days: Annotated[int, Field(ge=0, le=365)] = 0
    refund_policy: Annotated[RefundPolicy, Field(strict=False)] = RefundPolicy.WAIT
    share_limit: Portion = Decimal("0.3")
    payout: Annotated[PayoutWay, Field(strict=False)] = PayoutWay.BALANCE
    payout_account_id: PayoutAccountId | None = None


class MerchantContractAnswer(Answer):
    id: ContractId
    merchant_id: MerchantId
    effective_on: date
    fee_plan_id: FeePlanId
    cycle_days: int
    cut_off: str
    reserve_rate: Rate
    reserve_days: int
    refund_policy: RefundPolicy
    share_limit: Rate
    payout: PayoutWay
    payout_account_id: PayoutAccountId | None
    signed_at: datetime


class SettlementAnswer(Answer):
    """gross_minor − refunded_minor = fee_minor + shares_minor + receivable_minor + deductions_minor + reserve_minor + net_minor.

    fee_minor: less what earlier refunds returned of it. receivable_minor: for refunds that the platform had advanced.
    """

    id: SettlementId
    merchant_id: MerchantId
    contract_id: ContractId
    currency: str
    window_on: date
    cut_off_at: datetime
    settled_on: date
    settled_at: datetime
    orders: int
    gross_minor: int
    refunded_minor: int
    fee_minor: int
    shares_minor: int
    receivable_minor: int
    deductions_minor: int
    reserve_minor: int
    net_minor: int


def contract_answer(contract: Contract) -> MerchantContractAnswer:
    return MerchantContractAnswer(
        id=contract.id,
        merchant_id=contract.merchant_id,
        effective_on=contract.effective_on,
        fee_plan_id=contract.plan_id,
        cycle_days=contract.cycle_days,
        cut_off=time_of_day(contract.cut_off_minutes),
        reserve_rate=portion(contract.reserve_rate_millionths),
        reserve_days=contract.reserve_days,
        refund_policy=contract.refund_policy,
        share_limit=portion(contract.share_limit_millionths),
        payout=contract.payout,
        payout_account_id=contract.payout_account_id,
        signed_at=contract.signed_at,
    )


def settlement_answer(settlement: Settlement) -> SettlementAnswer:
    return SettlementAnswer.model_validate(settlement)
