from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.ids import TypeId
from chassis.wire import Amount, Answer, Day, Rate, Request
from services.payments.deductions.model import Deduction, DeductionState, Taking
from services.payments.fee_plans.schemas import Portion, portion

DeductionId = Annotated[UUID, TypeId("ded")]
MerchantId = Annotated[UUID, TypeId("mer")]
AccountId = Annotated[UUID, TypeId("acc")]


class DeductionRequest(Request):
    """share: of each settlement after refunds, fees and shared parts. reference: the lender's own. priority: lower ones first."""

    merchant_id: MerchantId
    account_id: AccountId
    reference: Annotated[str, Field(min_length=1, max_length=64)]
    cap_minor: Amount
    share: Annotated[Portion, Field(gt=0)] = Decimal("0.5")
    priority: Annotated[int, Field(ge=1, le=1000)] = 100
    ends_on: Day | None = None


class DeductionAnswer(Answer):
    """due_at: by when the merchant has to agree."""

    id: DeductionId
    merchant_id: MerchantId
    lender: str
    account_id: AccountId
    reference: str
    share: Rate
    cap_minor: int
    taken_minor: int
    priority: int
    ends_on: date | None
    state: DeductionState
    proposed_at: datetime
    due_at: datetime | None
    agreed_at: datetime | None
    ended_at: datetime | None
    end_code: str | None


class TakingAnswer(Answer):
    settlement_id: Annotated[UUID, TypeId("stl")]
    amount: int
    taken_at: datetime


def deduction_answer(deduction: Deduction) -> DeductionAnswer:
    facts = {name: getattr(deduction, name) for name in DeductionAnswer.model_fields if name != "share"}
    return DeductionAnswer(**facts, share=portion(deduction.share_millionths))


def taking_answer(taking: Taking) -> TakingAnswer:
    return TakingAnswer.model_validate(taking)
