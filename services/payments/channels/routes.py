"""`/v1/channels`: where banks report. A report is a hint, so it needs no proof: only the bank's answer to our query counts."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from chassis import commands
from chassis.identity import service_caller
from chassis.ids import TypeId
from chassis.keyed import KEYLESS
from chassis.runtime import runtime_of
from chassis.wire import Amount, Answer, Currency
from services.payments.channels import actions
from services.payments.channels.model import InstructionKind

router = APIRouter(prefix="/v1/channels", tags=["channels"])
PAYMENTS = service_caller("payments")


class Notification(BaseModel):
    """What a bank sends; members we do not use are ignored, its own list may grow."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: Literal["charge", "payout"]
    reference: Annotated[UUID, TypeId("chi")]
    amount: Amount
    currency: Currency


class Noted(Answer):
    reference: Annotated[UUID, TypeId("chi")]


@router.post("/{bank}/notifications", status_code=202, openapi_extra=KEYLESS)
async def take_notification(request: Request, bank: Annotated[str, Field(max_length=20)], body: Notification) -> Noted:
    """A bank reports that an instruction changed; however often it does, the outcome is recorded once."""
    instruction = await commands.perform(
        runtime_of(request),
        actions.take_notification,
        PAYMENTS,
        seed=f"notification {bank} {body.reference}",
        bank=bank,
        kind=InstructionKind(body.kind),
        instruction_id=body.reference,
        amount=body.amount,
        currency=body.currency,
    )
    return Noted(reference=instruction.id)
